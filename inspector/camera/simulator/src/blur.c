/* SPDX-License-Identifier: Apache-2.0 */
/* Defocus: a box blur, one direction after the other, with sums that slide along. */
#include "image.h"

#include <stdlib.h>

/* One row or column: each output is the rounded mean of the inputs at most radius away, as far as there are any. */
static void blur_line(const uint8_t *in, uint8_t *out, uint32_t length, size_t step, uint32_t radius)
{
    uint32_t first = 0, end = 0, sum = 0;
    for (uint32_t i = 0; i < length; i++) {
        while (end < length && end <= i + radius) {
            sum += in[end++ * step];
        }
        while (first + radius < i) {
            sum -= in[first++ * step];
        }
        const uint32_t count = end - first;
        out[i * step] = (uint8_t)((sum + count / 2) / count);
    }
}

bool image_blur(const Image *image, unsigned radius, Image *blurred)
{
    const size_t channels = image->channels, row = image->width * channels, size = row * image->height;
    uint8_t *along = malloc(size);
    *blurred = *image;
    blurred->pixels = malloc(size);
    if (along == NULL || blurred->pixels == NULL) {
        free(along);
        free(blurred->pixels);
        return false;
    }
    for (uint32_t y = 0; y < image->height; y++) {
        for (size_t c = 0; c < channels; c++) {
            blur_line(image->pixels + y * row + c, along + y * row + c, image->width, channels, radius);
        }
    }
    for (size_t x = 0; x < row; x++) {
        blur_line(along + x, blurred->pixels + x, image->height, row, radius);
    }
    free(along);
    return true;
}
