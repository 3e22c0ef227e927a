"""Compares curves, areas and thresholds with scikit-learn and NumPy, on scores with and without ties.

usage: detection.py PARITY_DETECTION    (a program that computes them; see detection.cpp)

Exits with 77 where one of the packages is missing.
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from safetensors.numpy import load_file, save_file
    from sklearn import metrics
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

SHARES = [0.001, 0.07, 0.25, 0.29, 0.5, 0.57, 0.683, 0.9, 0.95, 0.99, 1.0]
failed, compared = [], 0


def compare(name, found, expected, tolerance=1e-12):
    global compared
    compared += 1
    expected = np.asarray(expected, dtype=np.float64)
    if found.shape != expected.shape or not np.allclose(found, expected, rtol=tolerance, atol=tolerance):
        failed.append(f"{name}: {found.tolist()}, but {expected.tolist()} elsewhere")


def draw_sets():
    """Scores and whether each is bad."""
    random = np.random.RandomState(11)
    sets = {}
    for count, share in ((2, 0.5), (3, 0.5), (12, 0.3), (100, 0.5), (1000, 0.03), (3794, 0.034)):
        for ties in (0, 1, 8):
            bad = random.uniform(size=count) < share
            bad[:2] = True, False
            scores = random.normal(size=count) + bad
            sets[f"{count} scores, {ties} steps"] = np.round(scores * ties) / ties if ties else scores, bad
    sets["equal scores"] = np.full(20, 0.25), np.arange(20) % 3 == 0
    sets["negative scores"] = -np.arange(20.0), np.arange(20) % 7 == 0
    sets["bad above good"] = np.arange(20.0), np.arange(20) > 11
    sets["good above bad"] = np.arange(20.0), np.arange(20) < 11
    return sets


def check(name, scores, bad, found):
    compare(f"ROC curve of {name}", found["roc"], np.stack(metrics.roc_curve(bad, scores), axis=1))
    # scikit-learn's begins at the lowest score and ends with a point of recall 0 that belongs to none.
    precision, recall, thresholds = metrics.precision_recall_curve(bad, scores)
    compare(f"precision-recall curve of {name}", found["precision_recall"],
            np.stack([precision[:-1], recall[:-1], thresholds], axis=1)[::-1])
    compare(f"AUC of {name}", found["auc"], metrics.roc_auc_score(bad, scores))
    compare(f"average precision of {name}", found["average_precision"], metrics.average_precision_score(bad, scores))
    compare(f"quantiles of {name}", found["quantiles"][:, 0], np.quantile(scores, SHARES), 0)
    # By definition; NumPy's inverted_cdf takes the score after it where count * share is rounded up, as 100 * 0.07 is.
    compare(f"rates of {name}", found["quantiles"][:, 1],
            [min(score for score in scores if np.mean(scores <= score) >= share) for share in SHARES], 0)


def main():
    sets = draw_sets()
    inputs = {"shares": np.array(SHARES)}
    for name, (scores, bad) in sets.items():
        inputs[f"{name}.scores"], inputs[f"{name}.bad"] = scores, bad.astype(np.float64)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        save_file(inputs, folder / "in.safetensors")
        subprocess.run([sys.argv[1], folder / "in.safetensors", folder / "out.safetensors"], check=True)
        out = load_file(folder / "out.safetensors")
    for name, (scores, bad) in sets.items():
        found = {key[len(name) + 1:]: value for key, value in out.items() if key.startswith(name + ".")}
        check(name, scores, bad, found)
    for line in failed:
        print("detection.py:", line)
    print(f"detection.py: {compared} results compared, {len(failed)} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
