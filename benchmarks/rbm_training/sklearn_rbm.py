"""scikit-learn's BernoulliRBM, which learns by persistent contrastive divergence with one sweep a step."""
import sys

sys.path[:0] = sys.argv[1:3]
from contender import load_sklearn, serve  # noqa: E402


class Machine:
    def __init__(self):
        self.sklearn, self.line = load_sklearn()

    def description(self):
        return self.line

    def prepare(self, rows, noisy_rows, count, visible, components, batch, learning_rate):
        import numpy
        from sklearn.neural_network import BernoulliRBM

        self.x, self.noisy = (numpy.fromfile(path, numpy.float32).reshape(count, visible) for path in (rows, noisy_rows))
        self.random = numpy.random.RandomState(1)
        self.rbm = BernoulliRBM(
            components, learning_rate=learning_rate, batch_size=batch, n_iter=1, random_state=self.random
        )
        # One step sets the RBM up, in float; then it starts anew, from weights like ours.
        self.rbm.fit(self.x[:batch])
        assert self.rbm.components_.dtype == numpy.float32
        self.rbm.components_[:] = self.random.normal(0, 0.01, self.rbm.components_.shape)
        self.rbm.intercept_hidden_[:] = 0
        self.rbm.intercept_visible_[:] = 0
        self.rbm.h_samples_[:] = 0
        self.batch, self.first = batch, 0

    def run(self, repeats):
        """The loop of `fit`, without what it does once."""
        for _ in range(repeats):
            if self.first + self.batch > len(self.x):
                self.first = 0
            self.rbm._fit(self.x[self.first : self.first + self.batch], self.random)
            self.first += self.batch

    def transform(self, repeats):
        for _ in range(repeats):
            self.features = self.rbm.transform(self.x)

    def transform_noisy(self, repeats):
        for _ in range(repeats):
            self.rbm.transform(self.noisy)

    def save(self, path):
        """The parameters, then the features, as raw floats: W (components, visible), hidden and visible bias."""
        self.transform(1)
        with open(path, "wb") as out:
            for array in (self.rbm.components_, self.rbm.intercept_hidden_, self.rbm.intercept_visible_, self.features):
                out.write(array.astype("float32").tobytes())
        return True


serve(Machine)
