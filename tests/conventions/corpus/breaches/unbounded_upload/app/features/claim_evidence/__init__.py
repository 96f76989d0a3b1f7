"""Evidence of insurance claims: photos and documents that the insured send."""
