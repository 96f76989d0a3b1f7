"""The overview of a fund: its holdings, cash and open orders on one page."""
