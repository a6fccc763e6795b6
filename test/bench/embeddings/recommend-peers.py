"""Fits EASE with numpy, and item-kNN and ALS with implicit, on one thread. Prints fits per second as JSON."""

import json
import sys
import time

import implicit
import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

users, items, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
pairs = np.fromfile(path, dtype="<u4").reshape(-1, 2)


def matrix():
    ones = np.ones(len(pairs), dtype=np.float32)
    return sp.csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(users, items))


def ease():
    x = matrix().astype(np.float64)
    gram = (x.T @ x).toarray()
    inverse = np.linalg.inv(gram + 500 * np.eye(items))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)


def knn():
    model = implicit.nearest_neighbours.CosineRecommender(K=20, num_threads=1)
    model.fit(matrix(), show_progress=False)


def als(use_cg):
    model = implicit.als.AlternatingLeastSquares(
        factors=64, regularization=10, alpha=5, iterations=8, use_cg=use_cg, random_state=1, num_threads=1
    )
    model.fit(matrix(), show_progress=False)


def rate(fit, runs=3):
    best = 0.0
    for _ in range(runs):
        began = time.perf_counter()
        fit()
        best = max(best, 1 / (time.perf_counter() - began))
    return best


with threadpool_limits(limits=1):
    print(json.dumps({
        "ease": rate(ease),
        "knn": rate(knn),
        "exact": rate(lambda: als(False)),
        "gradients": rate(lambda: als(True)),
    }))
