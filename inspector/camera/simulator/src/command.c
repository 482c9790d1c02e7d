/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the control channel; docs/simulator.md describes them. */
#include "control.h"
#include "library.h"
#include "module.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 8 };

/* A host that was held up may tell of an edge this late; the exposure still was when the edge was. */
static const uint64_t EDGE_AGE_MAX_NS = 1000000000;

typedef struct {
    char *words[WORDS_MAX];
    int count;
    Camera *camera;
    char *reply;
    size_t size;
} Command;

static void reply_error(const Command *command, const char *text)
{
    (void)snprintf(command->reply, command->size, "ERR %s\n", text);
}

static bool parse_number(const char *text, uint64_t limit, uint64_t *number)
{
    uint64_t value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > limit) {
            return false;
        }
    }
    *number = value;
    return true;
}

/* Finds name=<number> behind the fixed words; false only when it is there and malformed. */
static bool option(const Command *command, int first, const char *name, uint64_t limit, uint64_t *number, bool *given)
{
    const size_t length = strlen(name);
    *given = false;
    for (int i = first; i < command->count; i++) {
        if (strncmp(command->words[i], name, length) == 0 && command->words[i][length] == '=') {
            *given = true;
            return parse_number(command->words[i] + length + 1, limit, number);
        }
    }
    return true;
}

static bool is_line0(const char *word) { return strcmp(word, "Line0") == 0 || strcmp(word, "0") == 0; }

static void pulse(const Command *command)
{
    uint64_t scene = 0;
    bool given = false;
    if (command->count < 3 || !is_line0(command->words[2])) {
        reply_error(command, "PULSE takes a camera and the input line Line0");
        return;
    }
    if (!option(command, 3, "scene", 1000000000, &scene, &given)) {
        reply_error(command, "scene is the number of an image, from 0");
        return;
    }
    const uint64_t now = clock_ns();
    uint64_t t_ns = now;
    bool timed = false;
    if (!option(command, 3, "t_ns", UINT64_MAX / 16, &t_ns, &timed) || t_ns > now || now - t_ns > EDGE_AGE_MAX_NS) {
        reply_error(command, "t_ns is the time of an edge of the last second");
        return;
    }
    Camera *camera = command->camera;
    const Edge edge = {t_ns, given ? &scene : NULL};
    const uint64_t before = camera->totals.triggers;
    if (!camera_is_lost(camera)) {
        camera_set_line(camera, true, &edge);
        camera_set_line(camera, false, &edge);
    }
    (void)snprintf(command->reply, command->size, "OK t_ns=%llu exposures=%llu\n", (unsigned long long)t_ns,
                   (unsigned long long)(camera->totals.triggers - before));
}

/* The number of an output line, 0 for anything else. */
static int output_line(const char *word)
{
    const char number = strncmp(word, "Line", 4) == 0 ? word[4] : '\0';
    return number >= '1' && number < '0' + LINE_COUNT && word[5] == '\0' ? number - '0' : 0;
}

static void line(const Command *command)
{
    uint64_t level = 0;
    const bool complete = command->count == 4;
    const int output = complete ? output_line(command->words[2]) : 0;
    const bool open = output != 0 && strcmp(command->words[3], "open") == 0;
    if (!complete || (output == 0 && !is_line0(command->words[2])) ||
        (!open && !parse_number(command->words[3], 1, &level))) {
        reply_error(command, "LINE takes a camera, a line and a level 0 or 1, or \"open\" for an output line");
        return;
    }
    if (output != 0) {
        camera_short_line(command->camera, output, open ? 0 : 1 + (int)level);
    } else if (!camera_is_lost(command->camera)) {
        camera_set_line(command->camera, level != 0, &(Edge){clock_ns(), NULL});
    }
    (void)snprintf(command->reply, command->size, "OK\n");
}

static void outputs(const Command *command)
{
    const Camera *camera = command->camera;
    const bool lost = camera_is_lost(command->camera);
    (void)snprintf(command->reply, command->size, "OK UserOutput0=%d UserOutput1=%d", (int)camera->user_output[0],
                   (int)camera->user_output[1]);
    for (int i = 0; i < LINE_COUNT; i++) {
        const size_t used = strlen(command->reply);
        (void)snprintf(command->reply + used, command->size - used, " Line%d=%d%s", i,
                       lost ? 0 : (int)camera_line_status(camera, i), i == LINE_COUNT - 1 ? "\n" : "");
    }
}

static void strobe(const Command *command)
{
    const int output = command->count == 3 ? output_line(command->words[2]) : 0;
    if (output == 0) {
        reply_error(command, "STROBE takes a camera and one of its output lines, Line1 to Line3");
        return;
    }
    const Strobe *done = &command->camera->strobes[output];
    (void)snprintf(command->reply, command->size, "OK pulses=%llu delay_ns=%lld length_ns=%llu\n",
                   (unsigned long long)done->pulses, (long long)done->delay_ns, (unsigned long long)done->length_ns);
}

static void counters(const Command *command)
{
    const Camera *camera = command->camera;
    const Totals *totals = &camera->totals;
    (void)snprintf(command->reply, command->size,
                   "OK Counter0=%lld Counter1=%lld line0_edges=%llu triggers=%llu missed=%llu exposures=%llu "
                   "delivered=%llu lost=%llu dropped=%llu\n",
                   (long long)camera->counters[0].value, (long long)camera->counters[1].value,
                   (unsigned long long)totals->line0_edges, (unsigned long long)totals->triggers,
                   (unsigned long long)totals->missed, (unsigned long long)totals->exposures,
                   (unsigned long long)totals->frames_delivered, (unsigned long long)totals->frames_lost,
                   (unsigned long long)totals->frames_dropped);
}

static void fault(const Command *command)
{
    uint64_t count = 1, ms = 200, percent = 50, radius = 3;
    bool given = false, ms_given = false;
    if (command->count < 3 || !option(command, 3, "n", 1000000000, &count, &given) ||
        !option(command, 3, "percent", 100, &percent, &given) || !option(command, 3, "radius", 255, &radius, &given) ||
        !option(command, 3, "ms", 3600000, &ms, &ms_given)) {
        reply_error(command, "FAULT takes a camera, a name, and optionally n=<frames>, ms=<milliseconds>, "
                             "percent=<0 to 100> and radius=<0 to 255>");
        return;
    }
    const FaultStrength strength = {ms * 1000000u, (unsigned)percent, (unsigned)radius};
    const char *name = command->words[2];
    if (strcmp(name, "device-lost") == 0) {
        camera_lose(command->camera, ms_given ? clock_ns() + ms * 1000000u : FOREVER_NS);
    } else if (strcmp(name, "device-back") == 0) {
        camera_return(command->camera);
    } else if (!camera_fault_add(command->camera, name, (unsigned)count, &strength)) {
        reply_error(command, "no such fault; there are lost-frame, duplicate-id, incomplete, frozen, late, dark, "
                             "wrong-size, brightness, defocus, underrun, device-lost, device-back");
        return;
    }
    (void)snprintf(command->reply, command->size, "OK\n");
}

static void status(const Command *command)
{
    int used = snprintf(command->reply, command->size, "OK cameras=%d", CAMERA_COUNT);
    for (int i = 0; i < CAMERA_COUNT && used > 0 && (size_t)used < command->size; i++) {
        Camera *camera = &simulator.cameras[i];
        const char *state = camera_is_lost(camera)          ? "lost"
                            : camera->acquiring             ? "acquiring"
                            : camera->device.handle != NULL ? "open"
                                                            : "idle";
        used += snprintf(command->reply + used, command->size - (size_t)used, " %s=%s images_%d=%zu size_%d=%ux%u",
                         camera->id, state, i, camera->images.count, i, camera->images.width, camera->images.height);
    }
    if (used > 0 && (size_t)used + 2 <= command->size) {
        memcpy(command->reply + used, "\n", 2);
    }
}

void command_execute(char *text, char *reply, size_t size)
{
    static const struct {
        const char *name;
        void (*run)(const Command *command);
    } commands[] = {{"PULSE", pulse}, {"LINE", line}, {"OUTPUTS", outputs}, {"STROBE", strobe}, {"COUNTERS", counters}, {"FAULT", fault}};
    Command command = {.reply = reply, .size = size};
    char *rest = text;
    while (command.count < WORDS_MAX) {
        rest += strspn(rest, " \t");
        if (*rest == '\0') {
            break;
        }
        command.words[command.count++] = rest;
        rest += strcspn(rest, " \t");
        if (*rest != '\0') {
            *rest++ = '\0';
        }
    }
    if (command.count > 0 && strcmp(command.words[0], "STATUS") == 0) {
        status(&command);
        return;
    }
    uint64_t index = 0;
    for (size_t i = 0; command.count > 0 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(command.words[0], commands[i].name) == 0) {
            if (command.count < 2 || !parse_number(command.words[1], CAMERA_COUNT - 1, &index)) {
                reply_error(&command, "the second word is the number of a camera: 0 or 1");
                return;
            }
            command.camera = &simulator.cameras[index];
            commands[i].run(&command);
            return;
        }
    }
    reply_error(&command, "commands are PULSE, LINE, OUTPUTS, STROBE, COUNTERS, FAULT, STATUS");
}
