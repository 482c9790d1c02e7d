/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of PGM and PPM files, read when needed, and their rendering as the sensor would deliver them. */
#ifndef SIMULATOR_IMAGE_H
#define SIMULATOR_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_CACHE_SLOTS = 64, IMAGE_SIDE_MAX = 32768 };

typedef struct {
    uint32_t width, height;
    unsigned channels; /* 1 grey, 3 red-green-blue */
    uint8_t *pixels;
} Image;

typedef struct {
    Image image;
    size_t index;
    uint64_t used;
} CachedImage;

typedef struct {
    char *folder;
    char **names; /* sorted bytewise; empty: the built-in test pattern */
    size_t count;
    uint32_t width, height; /* of the first image: the sensor */
    CachedImage cache[IMAGE_CACHE_SLOTS];
    size_t cached_bytes;
    uint64_t clock;
} ImageSource;

/* What part of the sensor to deliver, and how. */
typedef struct {
    uint32_t width, height, offset_x, offset_y;
    int64_t pixel_format;
    double brightness;
    unsigned blur_radius; /* 0: in focus */
} ImageView;

/* folder NULL: the built-in test pattern. On failure, message says which file and why. */
bool images_open(ImageSource *source, const char *folder, char *message, size_t message_size);
void images_close(ImageSource *source);

/* Writes the view into the buffer, whole rows only; bytes written, 0 when the file cannot be read. */
size_t images_render(ImageSource *source, uint64_t scene, const ImageView *view, uint8_t *buffer, size_t size);

/* Makes a blurred copy whose pixels the caller frees; false when memory is short. */
bool image_blur(const Image *image, unsigned radius, Image *blurred);

size_t pixel_size(int64_t pixel_format);

#endif
