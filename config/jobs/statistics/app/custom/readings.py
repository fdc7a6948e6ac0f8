"""Gives NVFlare's federated statistics a small table of numbers, different on every site."""

import numpy as np
from nvflare.app_common.abstract.statistics_spec import (
    Bin,
    DataType,
    Feature,
    Histogram,
    HistogramType,
    Statistics,
)


class Readings(Statistics):
    """A thousand random readings of one sensor; the random seed is the site's name."""

    def initialize(self, fl_ctx):
        seed = sum(fl_ctx.get_identity_name().encode())
        self.data = {"train": {"reading": np.random.default_rng(seed).normal(50, 10, 1000)}}

    def features(self):
        return {dataset: [Feature(name, DataType.FLOAT) for name in table] for dataset, table in self.data.items()}

    def count(self, dataset_name, feature_name):
        return int(self.data[dataset_name][feature_name].size)

    def sum(self, dataset_name, feature_name):
        return float(self.data[dataset_name][feature_name].sum())

    def mean(self, dataset_name, feature_name):
        return float(self.data[dataset_name][feature_name].mean())

    def stddev(self, dataset_name, feature_name):
        return float(self.data[dataset_name][feature_name].std())

    def variance_with_mean(self, dataset_name, feature_name, global_mean, global_count):
        values = self.data[dataset_name][feature_name]
        return float(((values - global_mean) ** 2).sum() / (global_count - 1))

    def histogram(self, dataset_name, feature_name, num_of_bins, global_min_value, global_max_value):
        values = self.data[dataset_name][feature_name]
        counts, edges = np.histogram(values, bins=num_of_bins, range=(global_min_value, global_max_value))
        bins = [Bin(low, high, count) for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)]
        return Histogram(HistogramType.STANDARD, bins)
