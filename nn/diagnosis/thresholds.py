"""Where a number begins to be trouble: the thresholds of the diagnosis, each with its reason.

(The one for gradients that vanish or explode is `nn.metrics.FAR_APART`, for `nn.experiments` goes by it, too.)
"""

from __future__ import annotations

# How much is looked at: more rows hardly move a mean, and a lesson does not wait. Of large networks fewer rows are
# taken, so that rows · parameters stays below MOST_WORK; never fewer than FEWEST_SAMPLES.
MOST_SAMPLES = 200
FEWEST_SAMPLES = 20
MOST_WORK = 200_000

# A loss below a tenth of what the best constant outputs cost: nine tenths of what there was to learn are learned. What
# is odd then (a unit that rests, a tiny gradient) does not hinder.
LEARNED = 0.1

# Some idle units are harmless: a layer of eight learns with three of them. With more than three quarters idle, what is
# left is no layer.
MOST_OF_A_LAYER = 0.75

# A slope below a twentieth of the steepest one (sigmoid: beyond ±4.4) learns twenty times slower; where that holds for
# nearly all samples, the unit is saturated.
SATURATED_SLOPE = 1 / 20
NEARLY_ALL = 0.95

# A thousandth of the steepest slope lets nothing through; leaky_relu's hundredth does.
DEAD_SLOPE = 1e-3

# Inputs a hundred times larger or smaller than others, or than 1: their weights would have to differ as much.
VERY_DIFFERENT = 100.0

# Inputs so large saturate units with weights of the usual sizes: it is they that are to be made smaller.
LARGE_INPUT = 10.0

# Targets beyond what an output reaches, by more than a hundredth of its range.
OUTSIDE = 0.01

# Losses are compared with the best that constant outputs can do. A loss that rises by a twentieth of that in the mean
# of its epochs jumps about; mini-batches make it tremble by much less. A leap is a rise by half of it, in one epoch.
SWING = 0.05
LEAP = 0.5
DIVERGED = 2.0
UNUSABLE = 1000.0  # a first loss so many times that large comes from the first weights

# A rate is judged too small by at least ten epochs that lower the loss by less than a hundredth of it, when one step at
# a rate twenty times larger does more than all of them (and where the rate that was used is unknown, lowers the loss
# by a thousandth). Rounding is less than NOTHING.
FEWEST_EPOCHS = 10
CRAWLING = 0.01
WORTHWHILE = 1e-3
MUCH_LARGER = 20.0
NOTHING = 1e-9

# No step along the gradient lowers the loss by more than this part of it, and the loss is that of constant outputs.
FLAT = 1e-5
AS_CONSTANT = 0.99
