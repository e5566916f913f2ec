"""Evans syndrome: how the other lineage fared under a course (DEF-EV-01, DEF-EV-02).

Each lineage is judged by its own criteria. A course whose agents act on both is walked a second time as if it had
been given for the other lineage; the overall response is the worse of the lineages that were active at its start.
"""

import numpy as np

from adjudication.response.series import Courses, DoseSteps, Happenings, Observations, Series
from adjudication.response.terms import Disease, Intent


def other_lineage(series: Series, disease: Disease) -> tuple[Series, np.ndarray] | None:
    """The series of the patients with courses for both lineages, in which what acts on `disease` is given for it.

    With the row of each of its courses in `series`, negative (-1 - row) where the course was given for `disease`
    all along. None if no patient has courses for both.
    """
    courses = series.courses
    both = np.zeros(series.n_patients, np.int8)
    np.bitwise_or.at(both, courses.patient, (1 << courses.disease).astype(np.int8))
    chosen = both == (1 << Disease.ITP | 1 << Disease.AIHA)
    if not chosen.any():
        return None
    acts = (courses.acts_on & (1 << disease)) > 0
    own = courses.disease == disease
    given = chosen[courses.patient] & (own | (acts & (courses.intent != Intent.OBSERVATION)))
    rows = np.flatnonzero(given)
    kept = {name: column[rows] for name, column in vars(courses).items()}
    kept["disease"] = np.full(rows.size, int(disease), np.int8)
    place = np.full(courses.patient.size, -1, np.int32)
    place[rows] = np.arange(rows.size, dtype=np.int32)
    steps = series.dose_steps
    stepped = np.flatnonzero(place[steps.course] >= 0)
    observed = np.flatnonzero(chosen[series.observations.patient])
    happened = np.flatnonzero(chosen[series.happenings.patient])
    narrowed = Series(
        series.n_patients,
        series.died_on,
        Courses(**kept),
        Observations(**{name: column[observed] for name, column in vars(series.observations).items()}),
        Happenings(**{name: column[happened] for name, column in vars(series.happenings).items()}),
        DoseSteps(
            place[steps.course[stepped]],
            steps.started[stepped],
            steps.stopped[stepped],
            steps.mg_e6[stepped],
            steps.agent[stepped],
            steps.row[stepped],
        ),
    )
    return narrowed, np.where(own[rows], -1 - rows, rows)
