/* A network of three layers, as one writes it by hand for speed: blocks of SAMPLES samples side by side, L2 loss,
   gradient descent on the mean over each batch. Defined when it is compiled: INPUTS, FIRST, SECOND, OUTPUTS, SAMPLES,
   TANH. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EACH for (int l = 0; l < SAMPLES; l++)
#ifdef TANH
#define ACTIVATION(a) tanh(a)
#define SLOPE(y) (1 - (y) * (y))
#else
#define ACTIVATION(a) (1 / (1 + exp(-(a))))
#define SLOPE(y) ((y) * (1 - (y)))
#endif

typedef double Row[SAMPLES];
static Row x[INPUTS], h[FIRST], k[SECOND], y[OUTPUTS], dy[OUTPUTS], dk[SECOND], dh[FIRST];

/* Y = activation(W X + B); the weights of a neuron and then its bias stand side by side in P. */
#define FORWARD(Y, P, X, N, M)                                            \
    for (int j = 0; j < N; j++) {                                         \
        Row a;                                                            \
        EACH a[l] = P[j * (M + 1) + M];                                   \
        for (int i = 0; i < M; i++) {                                     \
            double w = P[j * (M + 1) + i];                                \
            EACH a[l] += w * X[i][l];                                     \
        }                                                                 \
        EACH Y[j][l] = ACTIVATION(a[l]);                                  \
    }

#define BACK_TO_INPUTS(DX, P, DY, X, N, M)                                \
    for (int i = 0; i < M; i++) {                                         \
        Row a;                                                            \
        EACH a[l] = 0;                                                    \
        for (int j = 0; j < N; j++) {                                     \
            double w = P[j * (M + 1) + i];                                \
            EACH a[l] += w * DY[j][l];                                    \
        }                                                                 \
        EACH DX[i][l] = a[l] * SLOPE(X[i][l]);                            \
    }

#define BACK_TO_WEIGHTS(G, DY, X, N, M)                                   \
    for (int j = 0; j < N; j++) {                                         \
        double bias = 0;                                                  \
        EACH bias += DY[j][l];                                            \
        G[j * (M + 1) + M] += bias;                                       \
        for (int i = 0; i < M; i++) {                                     \
            double g = 0;                                                 \
            EACH g += DY[j][l] * X[i][l];                                 \
            G[j * (M + 1) + i] += g;                                      \
        }                                                                 \
    }

/* One epoch over `count` samples in batches: the sum of the losses; G: the gradient of the last batch's sum. */
double epoch(const double *X, const double *T, int64_t count, double *P, double *G, double rate, int64_t batch) {
    double *P2 = P + FIRST * (INPUTS + 1), *P3 = P2 + SECOND * (FIRST + 1);
    double *G2 = G + FIRST * (INPUTS + 1), *G3 = G2 + SECOND * (FIRST + 1);
    const int size = FIRST * (INPUTS + 1) + SECOND * (FIRST + 1) + OUTPUTS * (SECOND + 1);
    double total = 0;
    for (int64_t begin = 0; begin < count; begin += batch) {
        const int64_t end = begin + batch < count ? begin + batch : count;
        memset(G, 0, size * sizeof(double));
        for (int64_t s = begin; s < end; s += SAMPLES) {
            const int live = end - s < SAMPLES ? end - s : SAMPLES;
            for (int i = 0; i < INPUTS; i++) EACH x[i][l] = X[(s + (l < live ? l : 0)) * INPUTS + i];
            FORWARD(h, P, x, FIRST, INPUTS)
            FORWARD(k, P2, h, SECOND, FIRST)
            FORWARD(y, P3, k, OUTPUTS, SECOND)
            for (int j = 0; j < OUTPUTS; j++) EACH {
                const double error = l < live ? y[j][l] - T[(s + (l < live ? l : 0)) * OUTPUTS + j] : 0;
                total += 0.5 * error * error;
                dy[j][l] = error * SLOPE(y[j][l]);
            }
            BACK_TO_WEIGHTS(G3, dy, k, OUTPUTS, SECOND)
            BACK_TO_INPUTS(dk, P3, dy, k, OUTPUTS, SECOND)
            BACK_TO_WEIGHTS(G2, dk, h, SECOND, FIRST)
            BACK_TO_INPUTS(dh, P2, dk, h, SECOND, FIRST)
            BACK_TO_WEIGHTS(G, dh, x, FIRST, INPUTS)
        }
        for (int p = 0; p < size; p++) P[p] -= rate / (end - begin) * G[p];
    }
    return total;
}
