"""scikit-learn's LogisticRegression, multinomial, by its L-BFGS."""
import sys
import warnings

sys.path[:0] = sys.argv[1:3]
from contender import load_sklearn, serve  # noqa: E402


class Softmax:
    def __init__(self):
        self.sklearn, self.line = load_sklearn()

    def description(self):
        return self.line

    def prepare(self, features, labels, count, width, max_iter):
        import numpy
        from sklearn.linear_model import LogisticRegression

        warnings.simplefilter("ignore")  # that it has not converged
        self.x = numpy.fromfile(features, numpy.float32).reshape(count, width)
        self.y = numpy.fromfile(labels, numpy.uint16)
        self.model = LogisticRegression(C=1.0, multi_class="multinomial", solver="lbfgs", max_iter=max_iter)

    def run(self, repeats):
        for _ in range(repeats):
            self.model.fit(self.x, self.y)

    def fitted(self):
        """Fits; the weights (classes, features) and intercepts."""
        self.run(1)
        return {"weights": self.model.coef_.tolist(), "intercepts": self.model.intercept_.tolist()}


serve(Softmax)
