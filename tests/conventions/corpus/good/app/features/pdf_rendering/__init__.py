"""Documents that another service renders as PDF: started, polled and fetched by a job."""
