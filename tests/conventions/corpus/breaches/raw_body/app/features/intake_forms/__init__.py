"""Forms by which clinics take in new clients."""
