/* One step of the 2-3-2 network on one sample after the other: sigmoid, biases, L2 loss, gradient descent. The weights
   stay in variables. A neuron's weights and then its bias stand side by side in P. */

#include <math.h>
#include <stdint.h>

#define SIGMOID(a) (1 / (1 + exp(-(a))))

/* As one writes it on the board, in plain numbers. Returns the sum of the losses. */
double by_number(const double *X, const double *T, int64_t count, double *P, double rate) {
    double w11 = P[0], w12 = P[1], b1 = P[2], w21 = P[3], w22 = P[4], b2 = P[5], w31 = P[6], w32 = P[7], b3 = P[8];
    double u11 = P[9], u12 = P[10], u13 = P[11], c1 = P[12], u21 = P[13], u22 = P[14], u23 = P[15], c2 = P[16];
    double total = 0;
    for (int64_t s = 0; s < count; s++) {
        const double x1 = X[2 * s], x2 = X[2 * s + 1], t1 = T[2 * s], t2 = T[2 * s + 1];
        const double h1 = SIGMOID(w11 * x1 + w12 * x2 + b1);
        const double h2 = SIGMOID(w21 * x1 + w22 * x2 + b2);
        const double h3 = SIGMOID(w31 * x1 + w32 * x2 + b3);
        const double y1 = SIGMOID(u11 * h1 + u12 * h2 + u13 * h3 + c1);
        const double y2 = SIGMOID(u21 * h1 + u22 * h2 + u23 * h3 + c2);
        const double e1 = y1 - t1, e2 = y2 - t2;
        total += 0.5 * (e1 * e1 + e2 * e2);
        const double d1 = e1 * y1 * (1 - y1), d2 = e2 * y2 * (1 - y2);
        const double g1 = (d1 * u11 + d2 * u21) * h1 * (1 - h1) * rate;
        const double g2 = (d1 * u12 + d2 * u22) * h2 * (1 - h2) * rate;
        const double g3 = (d1 * u13 + d2 * u23) * h3 * (1 - h3) * rate;
        const double r1 = rate * d1, r2 = rate * d2;
        u11 -= r1 * h1, u12 -= r1 * h2, u13 -= r1 * h3, c1 -= r1;
        u21 -= r2 * h1, u22 -= r2 * h2, u23 -= r2 * h3, c2 -= r2;
        w11 -= g1 * x1, w12 -= g1 * x2, b1 -= g1;
        w21 -= g2 * x1, w22 -= g2 * x2, b2 -= g2;
        w31 -= g3 * x1, w32 -= g3 * x2, b3 -= g3;
    }
    P[0] = w11, P[1] = w12, P[2] = b1, P[3] = w21, P[4] = w22, P[5] = b2, P[6] = w31, P[7] = w32, P[8] = b3;
    P[9] = u11, P[10] = u12, P[11] = u13, P[12] = c1, P[13] = u21, P[14] = u22, P[15] = u23, P[16] = c2;
    return total;
}

/* The neurons of a layer side by side in a vector of four. The second layer's weights are kept twice, by the neuron that
   they come from (u) and by the neuron that they go to (v): no pass has to turn them. */

typedef double Four __attribute__((vector_size(32)));

static inline Four sigmoid(Four a) {
    Four y;
#pragma omp simd simdlen(4)
    for (int j = 0; j < 4; j++) y[j] = SIGMOID(a[j]);
    return y;
}

double by_layer(const double *X, const double *T, int64_t count, double *P, double rate) {
    Four w1 = {P[0], P[3], P[6]}, w2 = {P[1], P[4], P[7]}, b = {P[2], P[5], P[8]};
    Four u1 = {P[9], P[13]}, u2 = {P[10], P[14]}, u3 = {P[11], P[15]}, c = {P[12], P[16]};
    Four v1 = {P[9], P[10], P[11]}, v2 = {P[13], P[14], P[15]};
    const Four live = {1, 1, 0, 0};
    Four squares = {0};
    for (int64_t s = 0; s < count; s++) {
        const double x1 = X[2 * s], x2 = X[2 * s + 1];
        const Four t = {T[2 * s], T[2 * s + 1], 0, 0};
        const Four h = sigmoid(w1 * x1 + w2 * x2 + b);
        const Four y = sigmoid(u1 * h[0] + u2 * h[1] + u3 * h[2] + c);
        const Four e = (y - t) * live, d = e * y * (1 - y);
        const Four g = (d[0] * v1 + d[1] * v2) * h * (1 - h) * rate, r = d * rate;
        squares += e * e;
        u1 -= r * h[0], u2 -= r * h[1], u3 -= r * h[2], c -= r;
        v1 -= r[0] * h, v2 -= r[1] * h;
        w1 -= g * x1, w2 -= g * x2, b -= g;
    }
    for (int j = 0; j < 3; j++) P[3 * j] = w1[j], P[3 * j + 1] = w2[j], P[3 * j + 2] = b[j];
    for (int j = 0; j < 3; j++) P[9 + j] = v1[j], P[13 + j] = v2[j];
    P[12] = c[0], P[16] = c[1];
    return 0.5 * (squares[0] + squares[1]);
}
