"""Batch mode: a department has a whole file of people checked, e.g. the yearly recheck, through the same exchange as a single case.

The folder beside the file holds what has come back so far: a run that was killed, or that met a broker away, is simply started again. A
request's id follows from the file's content, its line and the attempt, so nobody is asked about twice. What is held in memory does not
grow with the file.
"""

from adapters.batch.people import Job
from adapters.batch.report import Report
from adapters.batch.run import Progress, run

__all__ = ["Job", "Progress", "Report", "run"]
