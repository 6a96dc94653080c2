/* The network of layers.c once more, with the same epoch(): tiles of results stay in registers while what they are
   made of streams by, as in a library of linear algebra. Defined when it is compiled: as for layers.c. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef TANH
#define ACTIVATION(a) tanh(a)
#define SLOPE(y) (1 - (y) * (y))
#else
#define ACTIVATION(a) (1 / (1 + exp(-(a))))
#define SLOPE(y) ((y) * (1 - (y)))
#endif

#define WIDTH 8
#define VECTORS ((SAMPLES + WIDTH - 1) / WIDTH)
#define LANES (VECTORS * WIDTH)
#define INLINE static inline __attribute__((always_inline))
#define EACH(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); i++)

typedef double Vector __attribute__((vector_size(8 * WIDTH)));
typedef union { Vector v[VECTORS]; double l[LANES]; } Row;
static Row x[INPUTS], h[FIRST], k[SECOND], y[OUTPUTS], dy[OUTPUTS], dk[SECOND], dh[FIRST];

/* Y[j] = Σ_i P[j·across + i·along] X[i] for some rows j and vectors v; with a bias it is P[j·across + count]. */
INLINE void tile(Row *Y, const double *P, int across, int along, const Row *X, int count, int has_bias, int rows, int v,
                 int vectors) {
    Vector a[4][4];
    EACH(j, rows) EACH(n, vectors) a[j][n] = (Vector){0} + (has_bias ? P[j * across + count] : 0);
    for (int i = 0; i < count; i++)
        EACH(j, rows) EACH(n, vectors) a[j][n] += P[j * across + i * along] * X[i].v[v + n];
    EACH(j, rows) EACH(n, vectors) Y[j].v[v + n] = a[j][n];
}

/* Calls f(…, n) with n = min(left, 4) as a constant, for which the compiler unrolls. */
#define UP_TO_FOUR(left, f, ...)                                                                                 \
    if ((left) >= 4) f(__VA_ARGS__, 4);                                                                          \
    else if ((left) == 3) f(__VA_ARGS__, 3);                                                                     \
    else if ((left) == 2) f(__VA_ARGS__, 2);                                                                     \
    else f(__VA_ARGS__, 1)

INLINE void tiles(Row *Y, const double *P, int across, int along, const Row *X, int count, int has_bias, int rows) {
    for (int v = 0; v < VECTORS; v += 4) {
        UP_TO_FOUR(VECTORS - v, tile, Y, P, across, along, X, count, has_bias, rows, v);
    }
}

INLINE void sums(Row *Y, int results, const double *P, int across, int along, const Row *X, int count, int has_bias) {
    for (int j = 0; j < results; j += 4) {
        UP_TO_FOUR(results - j, tiles, Y + j, P + j * across, across, along, X, count, has_bias);
    }
}

INLINE double total_of(Vector a) {
    return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
}

/* G[j][i] += Σ_l DY[j][l] X[i][l] for some rows j and columns i. */
INLINE void products(double *G, int across, const Row *DY, const Row *X, int rows, int columns) {
    Vector a[2][8];
    EACH(j, rows) EACH(i, columns) a[j][i] = (Vector){0};
    EACH(v, VECTORS) EACH(j, rows) EACH(i, columns) a[j][i] += DY[j].v[v] * X[i].v[v];
    EACH(j, rows) EACH(i, columns) G[j * across + i] += total_of(a[j][i]);
}

INLINE void all_products(double *G, int results, const Row *DY, const Row *X, int count) {
    const int across = count + 1, whole = count / 8 * 8;
    for (int j = 0; j < results; j++) {
        Vector a = {0};
        EACH(v, VECTORS) a += DY[j].v[v];
        G[j * across + count] += total_of(a);
    }
#define PRODUCTS(rows, columns) products(G + j * across + i, across, DY + j, X + i, rows, columns)
    for (int j = 0; j < results; j += 2) {
        const int pair = results - j >= 2;
        for (int i = 0; i < whole; i += 8) if (pair) PRODUCTS(2, 8); else PRODUCTS(1, 8);
        for (int i = whole; i < count; i++) if (pair) PRODUCTS(2, 1); else PRODUCTS(1, 1);
    }
}

INLINE void forward(Row *Y, int results, const double *P, const Row *X, int count) {
    sums(Y, results, P, count + 1, 1, X, count, 1);
    for (int j = 0; j < results; j++)
        for (int l = 0; l < LANES; l++) Y[j].l[l] = ACTIVATION(Y[j].l[l]);
}

INLINE void back_to_inputs(Row *DX, const double *P, const Row *DY, int results, const Row *X, int count) {
    sums(DX, count, P, 1, count + 1, DY, results, 0);
    for (int i = 0; i < count; i++) EACH(v, VECTORS) DX[i].v[v] *= SLOPE(X[i].v[v]);
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
            for (int i = 0; i < INPUTS; i++)
                for (int l = 0; l < LANES; l++) x[i].l[l] = X[(s + (l < live ? l : 0)) * INPUTS + i];
            forward(h, FIRST, P, x, INPUTS);
            forward(k, SECOND, P2, h, FIRST);
            forward(y, OUTPUTS, P3, k, SECOND);
            for (int j = 0; j < OUTPUTS; j++)
                for (int l = 0; l < LANES; l++) {
                    const double error = l < live ? y[j].l[l] - T[(s + (l < live ? l : 0)) * OUTPUTS + j] : 0;
                    total += 0.5 * error * error;
                    dy[j].l[l] = error * SLOPE(y[j].l[l]);
                }
            all_products(G3, OUTPUTS, dy, k, SECOND);
            back_to_inputs(dk, P3, dy, OUTPUTS, k, SECOND);
            all_products(G2, SECOND, dk, h, FIRST);
            back_to_inputs(dh, P2, dk, SECOND, h, FIRST);
            all_products(G, FIRST, dh, x, INPUTS);
        }
        for (int p = 0; p < size; p++) P[p] -= rate / (end - begin) * G[p];
    }
    return total;
}
