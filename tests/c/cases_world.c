/* SPDX-License-Identifier: Apache-2.0 */
/* The world outside: two cameras at once, the control channel, damaged files. */
#include "cases.h"

#include <string.h>

#include "platform.h"

typedef struct {
    const char *camera;
    Session session;
} Side;

static void run_side(void *argument)
{
    Side *side = argument;
    Seen seen;
    for (int round = 0; round < 5; round++) {
        open_device(&side->session, side->camera);
        write_real(side->session.port, REG_AcquisitionFrameRate, 1000.0);
        write_real(side->session.port, REG_ExposureTime, 100.0);
        start(&side->session, 3, PAYLOAD);
        for (int i = 0; i < 20; i++) {
            OK(fetch(&side->session, &seen, 2000));
            requeue(&side->session, &seen);
        }
        stop(&side->session);
        close_device(&side->session);
    }
}

/* Two threads stream from the two cameras, while a third one talks to the control channel. */
void two_cameras(void)
{
    Side sides[2] = {{"SimCam-0", {0}}, {"SimCam-1", {0}}};
    Thread threads[2];
    open_all(&sides[0].session, sides[0].camera);
    sides[1].session = sides[0].session;
    close_device(&sides[0].session);
    for (int i = 0; i < 2; i++) {
        CHECK(thread_start(&threads[i], run_side, &sides[i]));
    }
    for (int i = 0; i < 20; i++) {
        CHECK(strncmp(control("STATUS\n"), "OK cameras=2", 12) == 0);
    }
    thread_join(threads[0]);
    thread_join(threads[1]);
    OK(p.GCCloseLib());
}

void malformed_commands(void)
{
    Session session = {0};
    open_all(&session, CAMERA);
    static const char *const lines[] = {"\n",
                                        "   \n",
                                        "PULSE\n",
                                        "PULSE 2 Line0\n",
                                        "PULSE 0 Line1\n",
                                        "PULSE 0 Line0 scene=x\n",
                                        "PULSE 0 Line0 scene=99999999999999999999\n",
                                        "PULSE 0 Line0 t_ns=x\n",
                                        "PULSE 0 Line0 t_ns=1\n",
                                        "PULSE 0 Line0 t_ns=1000000000000000000\n",
                                        "LINE 0 Line0 2\n",
                                        "LINE 0 Line0 open\n",
                                        "LINE 0 Line4 1\n",
                                        "LINE 0 Line1 high\n",
                                        "STROBE 0 Line0\n",
                                        "STROBE 0\n",
                                        "LINE 0 Line0\n",
                                        "FAULT 0 nonsense\n",
                                        "FAULT 0 late ms=-1\n",
                                        "FAULT 0 brightness percent=101\n",
                                        "FAULT 0 defocus radius=256\n",
                                        "pulse 0 Line0\n",
                                        "A B C D E F G H I J K L\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        CHECK(strncmp(control(lines[i]), "ERR ", 4) == 0);
    }
    char long_line[400];
    memset(long_line, 'x', sizeof long_line);
    long_line[sizeof long_line - 1] = '\0';
    CHECK(strncmp(control(long_line), "ERR line longer", 15) == 0);
    CHECK(strncmp(control("COUNTERS 0\r\n"), "OK Counter0=0", 13) == 0);
    close_all(&session);
}

static uint32_t fuzz_state = 1;

static uint32_t fuzz_next(uint32_t limit)
{
    fuzz_state = fuzz_state * 1664525u + 1013904223u;
    return (fuzz_state >> 8) % limit;
}

/* Random lines out of the words of the protocol and plain garbage: each gets one reply, and nothing breaks. */
void fuzz_commands(void)
{
    static const char *const words[] = {"PULSE",     "LINE",   "OUTPUTS", "STROBE", "COUNTERS",    "FAULT",     "STATUS", "0",
                                        "1",         "2",      "Line0",   "Line1",       "scene=3",   "scene=", "n=1",
                                        "ms=0",      "open", "Line3",     "late",   "dark",    "device-lost", "n=-1",      "=",      "ms=x",
                                        "frozen",    "\t",     "%s%n",    "\xff\xfe",     "wrong-size",
                                        "brightness", "defocus", "underrun", "radius=255", "percent=100", "t_ns=1"};
    Session session;
    begin(&session, TriggerSource_Line0, 3);
    for (int round = 0; round < 1500; round++) {
        char line[256] = "";
        size_t length = 0;
        const uint32_t count = fuzz_next(12);
        for (uint32_t i = 0; i < count && length < 200; i++) {
            const char *word = words[fuzz_next(sizeof words / sizeof words[0])];
            const size_t size = strlen(word);
            memcpy(line + length, word, size);
            length += size;
            line[length++] = ' ';
        }
        line[length] = '\n';
        const char *reply = control(line);
        CHECK(strncmp(reply, "OK", 2) == 0 || strncmp(reply, "ERR ", 4) == 0);
        CHECK(strchr(reply, '\n') == reply + strlen(reply) - 1);
    }
    (void)control("FAULT 0 device-back\n");
    (void)control("FAULT 1 device-back\n");
    OK(p.GCCloseLib());
}

/* Damaged headers: the library opens or refuses, and never reads beyond the file. */
void fuzz_images(void)
{
    static const char start_of_file[] = "P5\n# comment\n32 24\n255\n0123456789";
    char *folder = environment_get("INSPECTOR_SIMULATOR_IMAGES");
    CHECK(folder != NULL);
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/0.pgm", folder);
    free(folder);
    for (int round = 0; round < 500; round++) {
        char content[sizeof start_of_file];
        memcpy(content, start_of_file, sizeof content);
        size_t size = sizeof content - 1;
        for (uint32_t i = fuzz_next(4); i > 0; i--) {
            content[fuzz_next((uint32_t)size)] = (char)fuzz_next(256);
        }
        size = fuzz_next(4) == 0 ? fuzz_next((uint32_t)size) : size;
        FILE *file = file_open(path, "wb");
        CHECK(file != NULL && fwrite(content, 1, size, file) == size);
        CHECK(fclose(file) == 0);
        const GC_ERROR code = p.GCInitLib();
        CHECK(code == GC_ERR_SUCCESS || code == GC_ERR_INVALID_PARAMETER);
        if (code == GC_ERR_SUCCESS) {
            OK(p.GCCloseLib());
        }
    }
}

/* Images that cannot be played are refused when the library opens. */
void unusable_images(void)
{
    GC_ERROR code = 0;
    char text[512];
    size_t size = sizeof text;
    CHECK(p.GCInitLib() == GC_ERR_INVALID_PARAMETER);
    OK(p.GCGetLastError(&code, text, &size));
    (void)printf("%s\n", text);
}
