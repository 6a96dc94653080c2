/* A plain interpreter of a tape of scalar operations, as one writes it by hand: forward, then back.

   One number per slot (values_and_gradients), or LANES samples side by side (blocks_of_samples). Slots: inputs, then
   parameters, then constants, then the results of the instructions. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef LANES
#define LANES 16
#endif

enum { ADD, SUBTRACT, MULTIPLY, DIVIDE, TANH, SIN };

typedef struct {
    const uint8_t *operation;
    const uint32_t *first, *second;
    int64_t inputs, parameters, constants, length;
} Tape;

/* ---------------------------------------------------------------- one sample */

double value_and_gradient(const Tape *tape, double *V, double *D) {
    const int64_t results = tape->inputs + tape->parameters + tape->constants;
    const uint8_t *operation = tape->operation;
    const uint32_t *first = tape->first, *second = tape->second;
    double *Y = V + results, *G = D + results;
    for (int64_t i = 0; i < tape->length; i++) {
        const double a = V[first[i]], b = V[second[i]];
        switch (operation[i]) {
            case ADD: Y[i] = a + b; break;
            case SUBTRACT: Y[i] = a - b; break;
            case MULTIPLY: Y[i] = a * b; break;
            case DIVIDE: Y[i] = a / b; break;
            case TANH: Y[i] = tanh(a); break;
            case SIN: Y[i] = sin(a); break;
        }
    }
    memset(D, 0, (results + tape->length) * sizeof(double));
    G[tape->length - 1] = 1;
    for (int64_t i = tape->length - 1; i >= 0; i--) {
        const uint32_t a = first[i], b = second[i];
        const double g = G[i];
        switch (operation[i]) {
            case ADD: D[a] += g; D[b] += g; break;
            case SUBTRACT: D[a] += g; D[b] -= g; break;
            case MULTIPLY: D[a] += g * V[b]; D[b] += g * V[a]; break;
            case DIVIDE: D[a] += g / V[b]; D[b] -= g * Y[i] / V[b]; break;
            case TANH: D[a] += g * (1 - Y[i] * Y[i]); break;
            case SIN: D[a] += g * cos(V[a]); break;
        }
    }
    return Y[tape->length - 1];
}

/* ---------------------------------------------------------------- many samples */

typedef double Row[LANES];

#define EACH for (int l = 0; l < LANES; l++)

/* X: samples × inputs; the number of samples is a multiple of LANES. Returns the sum of the values; gradient: of the
   parameters. */
double blocks_of_samples(const Tape *tape, Row *restrict V, Row *restrict D, const double *X, int64_t samples,
                         const double *numbers, double *gradient) {
    const int64_t inputs = tape->inputs, own = tape->parameters, results = inputs + own + tape->constants;
    const uint8_t *operation = tape->operation;
    const uint32_t *first = tape->first, *second = tape->second;
    double sum = 0;
    for (int64_t p = 0; p < own + tape->constants; p++) EACH V[inputs + p][l] = numbers[p];
    memset(D, 0, results * sizeof(Row));
    for (int64_t begin = 0; begin < samples; begin += LANES) {
        for (int64_t i = 0; i < inputs; i++) EACH V[i][l] = X[(begin + l) * inputs + i];
        for (int64_t i = 0; i < tape->length; i++) {
            const double *a = V[first[i]], *b = V[second[i]];
            double *y = V[results + i];
            switch (operation[i]) {
                case ADD: EACH y[l] = a[l] + b[l]; break;
                case SUBTRACT: EACH y[l] = a[l] - b[l]; break;
                case MULTIPLY: EACH y[l] = a[l] * b[l]; break;
                case DIVIDE: EACH y[l] = a[l] / b[l]; break;
                case TANH: EACH y[l] = tanh(a[l]); break;
                case SIN: EACH y[l] = sin(a[l]); break;
            }
        }
        EACH sum += V[results + tape->length - 1][l];
        memset(D[results], 0, tape->length * sizeof(Row));
        EACH D[results + tape->length - 1][l] = 1;
        for (int64_t i = tape->length - 1; i >= 0; i--) {
            const double *x0 = V[first[i]], *x1 = V[second[i]], *y = V[results + i];
            double *a = D[first[i]], *b = D[second[i]], *g = D[results + i];
            switch (operation[i]) {
                case ADD: EACH a[l] += g[l]; EACH b[l] += g[l]; break;
                case SUBTRACT: EACH a[l] += g[l]; EACH b[l] -= g[l]; break;
                case MULTIPLY: EACH a[l] += g[l] * x1[l]; EACH b[l] += g[l] * x0[l]; break;
                case DIVIDE: EACH a[l] += g[l] / x1[l]; EACH b[l] -= g[l] * y[l] / x1[l]; break;
                case TANH: EACH a[l] += g[l] * (1 - y[l] * y[l]); break;
                case SIN: EACH a[l] += g[l] * cos(x0[l]); break;
            }
        }
    }
    for (int64_t p = 0; p < own; p++) {
        gradient[p] = 0;
        EACH gradient[p] += D[inputs + p][l];
    }
    return sum;
}
