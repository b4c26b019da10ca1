"""What the service levels need at run time: the status page and the monthly report, the remediator and the canary."""
