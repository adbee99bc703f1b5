"""Scores of scikit-learn's detectors, fitted to all rows: METHOD FIELDS SEED FILE.

The file holds the rows (n, FIELDS) as float64 in native byte order; their scores, higher = more anomalous, replace them.
"""

import sys

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

method, fields, seed, path = sys.argv[1:5]
rows = np.fromfile(path, np.float64).reshape(-1, int(fields))
if method == "IsolationForest":
    scores = -IsolationForest(random_state=int(seed)).fit(rows).score_samples(rows)
else:
    scores = -LocalOutlierFactor().fit(rows).negative_outlier_factor_
scores.astype(np.float64).tofile(path)
