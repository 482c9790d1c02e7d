/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include "generated.h"
#include "platform.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const size_t CACHE_BYTES = (size_t)12 << 20;
static const uint32_t PATTERN_WIDTH = 640, PATTERN_HEIGHT = 480;

size_t pixel_size(int64_t pixel_format) { return pixel_format == PixelFormat_RGB8 ? 3 : 1; }

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_name(const char *name, void *context)
{
    ImageSource *source = context;
    const size_t length = strlen(name);
    if (length < 5 || name[length - 4] != '.' || tolower((unsigned char)name[length - 3]) != 'p' ||
        (tolower((unsigned char)name[length - 2]) != 'g' && tolower((unsigned char)name[length - 2]) != 'p') ||
        tolower((unsigned char)name[length - 1]) != 'm') {
        return;
    }
    char **grown = realloc(source->names, (source->count + 1) * sizeof *grown);
    if (grown == NULL) {
        return;
    }
    source->names = grown;
    char *copy = malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, name, length + 1);
        source->names[source->count++] = copy;
    }
}

/* One number of a PNM header, after white space and comments; 0 on anything else. */
static uint32_t read_number(FILE *file)
{
    int c = getc(file);
    while (c == '#' || isspace(c)) {
        if (c == '#') {
            while (c != '\n' && c != EOF) {
                c = getc(file);
            }
        } else {
            c = getc(file);
        }
    }
    uint32_t number = 0;
    while (c >= '0' && c <= '9' && number <= IMAGE_SIDE_MAX) {
        number = number * 10 + (uint32_t)(c - '0');
        c = getc(file);
    }
    /* The single white space after the last number is consumed here, as the format asks. */
    return isspace(c) ? number : 0;
}

static const char *read_header(FILE *file, Image *image)
{
    if (getc(file) != 'P') {
        return "is not a PGM or PPM file";
    }
    const int kind = getc(file);
    if (kind != '5' && kind != '6') {
        return "is not a binary PGM (P5) or PPM (P6) file";
    }
    image->channels = kind == '5' ? 1 : 3;
    image->width = read_number(file);
    image->height = read_number(file);
    if (image->width < 1 || image->width > IMAGE_SIDE_MAX || image->height < 1 || image->height > IMAGE_SIDE_MAX) {
        return "has no usable width and height";
    }
    return read_number(file) == 255 ? NULL : "does not have 8 bits per sample (maximum 255)";
}

static const char *read_image(const char *path, Image *image, bool header_only)
{
    FILE *file = file_open(path, "rb");
    if (file == NULL) {
        return "cannot be opened";
    }
    image->pixels = NULL;
    const char *problem = read_header(file, image);
    if (problem == NULL && !header_only) {
        const size_t size = (size_t)image->width * image->height * image->channels;
        image->pixels = malloc(size);
        if (image->pixels == NULL) {
            problem = "does not fit into memory";
        } else if (fread(image->pixels, 1, size, file) != size) {
            free(image->pixels);
            image->pixels = NULL;
            problem = "is shorter than its header says";
        }
    }
    (void)fclose(file);
    return problem;
}

static char *path_join(const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL) {
        (void)snprintf(path, size, "%s/%s", folder, name);
    }
    return path;
}

bool images_open(ImageSource *source, const char *folder, char *message, size_t message_size)
{
    memset(source, 0, sizeof *source);
    source->width = PATTERN_WIDTH;
    source->height = PATTERN_HEIGHT;
    if (folder == NULL) {
        return true;
    }
    source->folder = path_join(folder, "");
    if (source->folder == NULL || !folder_visit(folder, add_name, source)) {
        (void)snprintf(message, message_size, "image folder %s cannot be read", folder);
        images_close(source);
        return false;
    }
    if (source->count == 0) {
        (void)snprintf(message, message_size, "image folder %s holds no .pgm or .ppm file", folder);
        images_close(source);
        return false;
    }
    qsort(source->names, source->count, sizeof *source->names, compare_names);
    Image first = {0};
    char *path = path_join(source->folder, source->names[0]);
    const char *problem = path == NULL ? "does not fit into memory" : read_image(path, &first, true);
    if (problem != NULL) {
        (void)snprintf(message, message_size, "image %s in %s %s", source->names[0], folder, problem);
    }
    free(path);
    if (problem != NULL) {
        images_close(source);
        return false;
    }
    source->width = first.width;
    source->height = first.height;
    return true;
}

static void cache_drop(ImageSource *source, CachedImage *slot)
{
    if (slot->image.pixels != NULL) {
        source->cached_bytes -= (size_t)slot->image.width * slot->image.height * slot->image.channels;
        free(slot->image.pixels);
        slot->image.pixels = NULL;
    }
}

void images_close(ImageSource *source)
{
    for (size_t i = 0; i < IMAGE_CACHE_SLOTS; i++) {
        cache_drop(source, &source->cache[i]);
    }
    for (size_t i = 0; i < source->count; i++) {
        free(source->names[i]);
    }
    free(source->names);
    free(source->folder);
    memset(source, 0, sizeof *source);
}

static CachedImage *oldest(ImageSource *source, bool used_only)
{
    CachedImage *found = NULL;
    for (size_t i = 0; i < IMAGE_CACHE_SLOTS; i++) {
        CachedImage *slot = &source->cache[i];
        if (slot->image.pixels == NULL) {
            if (!used_only) {
                return slot;
            }
        } else if (found == NULL || slot->used < found->used) {
            found = slot;
        }
    }
    return found;
}

static bool make_pattern(Image *image, size_t scene)
{
    image->width = PATTERN_WIDTH;
    image->height = PATTERN_HEIGHT;
    image->channels = 1;
    image->pixels = malloc((size_t)PATTERN_WIDTH * PATTERN_HEIGHT);
    if (image->pixels == NULL) {
        return false;
    }
    for (uint32_t y = 0; y < PATTERN_HEIGHT; y++) {
        for (uint32_t x = 0; x < PATTERN_WIDTH; x++) {
            image->pixels[(size_t)y * PATTERN_WIDTH + x] = (uint8_t)(x + y + scene * 8);
        }
    }
    return true;
}

static const Image *load(ImageSource *source, uint64_t scene)
{
    const size_t index = (size_t)(scene % (source->count > 0 ? source->count : 32));
    for (size_t i = 0; i < IMAGE_CACHE_SLOTS; i++) {
        CachedImage *slot = &source->cache[i];
        if (slot->image.pixels != NULL && slot->index == index) {
            slot->used = ++source->clock;
            return &slot->image;
        }
    }
    Image image = {0};
    if (source->count == 0) {
        if (!make_pattern(&image, index)) {
            return NULL;
        }
    } else {
        char *path = path_join(source->folder, source->names[index]);
        const bool readable = path != NULL && read_image(path, &image, false) == NULL;
        free(path);
        if (!readable) {
            return NULL;
        }
    }
    const size_t size = (size_t)image.width * image.height * image.channels;
    while (source->cached_bytes > 0 && source->cached_bytes + size > CACHE_BYTES) {
        cache_drop(source, oldest(source, true));
    }
    CachedImage *slot = oldest(source, false);
    cache_drop(source, slot);
    slot->image = image;
    slot->index = index;
    slot->used = ++source->clock;
    source->cached_bytes += size;
    return &slot->image;
}

/* Rec. 601 luma in 1/256. */
static uint8_t luma(const uint8_t *rgb) { return (uint8_t)((77u * rgb[0] + 150u * rgb[1] + 29u * rgb[2]) >> 8); }

/* Tone maps the file's values to the sensor's; identity says that it changes nothing. */
static void render_row(const Image *image, const ImageView *view, uint32_t y, const uint8_t *tone, bool identity,
                       uint8_t *out)
{
    const uint32_t sensor_y = y + view->offset_y;
    const size_t stride = pixel_size(view->pixel_format);
    if (sensor_y >= image->height || view->offset_x >= image->width) {
        memset(out, 0, view->width * stride);
        return;
    }
    const uint32_t inside = image->width - view->offset_x;
    const uint32_t width = view->width < inside ? view->width : inside;
    const uint8_t *in = image->pixels + ((size_t)sensor_y * image->width + view->offset_x) * image->channels;
    if (identity && image->channels == stride) {
        memcpy(out, in, width * stride);
    } else if (image->channels == 1 && stride == 1) {
        for (uint32_t x = 0; x < width; x++) {
            out[x] = tone[in[x]];
        }
    } else if (image->channels == 1) {
        for (uint32_t x = 0; x < width; x++) {
            memset(out + (size_t)x * 3, tone[in[x]], 3);
        }
    } else if (stride == 3) {
        for (size_t i = 0; i < (size_t)width * 3; i++) {
            out[i] = tone[in[i]];
        }
    } else if (view->pixel_format == PixelFormat_BayerRG8) {
        /* Red at even columns of even rows, blue at odd columns of odd rows, green elsewhere. */
        for (uint32_t x = 0; x < width; x++) {
            out[x] = tone[in[(size_t)x * 3 + ((x + view->offset_x) & 1u) + (sensor_y & 1u)]];
        }
    } else {
        for (uint32_t x = 0; x < width; x++) {
            out[x] = tone[luma(in + (size_t)x * 3)];
        }
    }
    memset(out + width * stride, 0, (view->width - width) * stride);
}

size_t images_render(ImageSource *source, uint64_t scene, const ImageView *view, uint8_t *buffer, size_t size)
{
    const Image *image = load(source, scene);
    if (image == NULL) {
        return 0;
    }
    Image blurred = {0};
    if (view->blur_radius > 0) {
        if (!image_blur(image, view->blur_radius, &blurred)) {
            return 0;
        }
        image = &blurred;
    }
    const bool identity = !(view->brightness < 1.0 || view->brightness > 1.0);
    uint8_t tone[256];
    for (unsigned value = 0; value < 256; value++) {
        const double bright = value * view->brightness + 0.5;
        tone[value] = (uint8_t)(bright < 255.0 ? bright : 255.0);
    }
    const size_t row = view->width * pixel_size(view->pixel_format);
    size_t written = 0;
    for (uint32_t y = 0; y < view->height && size - written >= row; y++) {
        render_row(image, view, y, tone, identity, buffer + written);
        written += row;
    }
    free(blurred.pixels);
    return written;
}
