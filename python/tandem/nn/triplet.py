"""TripletMarginWithDistanceLoss: the distance is a function of Python."""

from .functional import triplet_margin_with_distance_loss
from .module import Module


class TripletMarginWithDistanceLoss(Module):
    """max(d(anchor, positive) - d(anchor, negative) + margin, 0) for any distance, by default pairwise_distance."""

    def __init__(self, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
        super().__init__()
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead")
        self.distance_function, self.margin, self.swap, self.reduction = distance_function, margin, swap, reduction

    def forward(self, anchor, positive, negative):
        return triplet_margin_with_distance_loss(anchor, positive, negative, distance_function=self.distance_function,
                                                 margin=self.margin, swap=self.swap, reduction=self.reduction)
