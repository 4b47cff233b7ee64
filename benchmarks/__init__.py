"""Speed, as ratios within one run; each result file names machine, versions and sizes."""
