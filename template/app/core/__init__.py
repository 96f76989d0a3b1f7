"""The foundation of every feature, without business terms."""
