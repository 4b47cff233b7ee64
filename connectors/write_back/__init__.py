"""Write-back: hands the lines of `ucc.results` on to the sources, each by the way that `write_back.yaml` names (`docs/operators.md`)."""
