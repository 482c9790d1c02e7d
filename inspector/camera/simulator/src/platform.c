/* SPDX-License-Identifier: Apache-2.0 */
/* Locks, threads, clock and files; the sockets are in platform_socket.c. */
#if !defined(_WIN32)
#define _GNU_SOURCE /* POSIX of 2008, and dladdr */
#endif

#include "platform.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    ThreadBody *body;
    void *argument;
} ThreadStart;

#if defined(_WIN32)

#include <process.h>

void mutex_lock(Mutex *mutex) { AcquireSRWLockExclusive(mutex); }
void mutex_unlock(Mutex *mutex) { ReleaseSRWLockExclusive(mutex); }
void condition_init(Condition *condition) { InitializeConditionVariable(condition); }
void condition_destroy(Condition *condition) { (void)condition; }
void condition_wake_all(Condition *condition) { WakeAllConditionVariable(condition); }

void condition_wait(Condition *condition, Mutex *mutex, uint64_t deadline_ns)
{
    DWORD wait_ms = INFINITE;
    if (deadline_ns != FOREVER_NS) {
        const uint64_t now = clock_ns();
        const uint64_t left_ms = deadline_ns > now ? (deadline_ns - now + 999999u) / 1000000u : 0;
        wait_ms = left_ms < 3600000u ? (DWORD)left_ms : 3600000u;
    }
    (void)SleepConditionVariableSRW(condition, mutex, wait_ms, 0);
}

static unsigned __stdcall thread_main(void *raw)
{
    ThreadStart start = *(ThreadStart *)raw;
    free(raw);
    start.body(start.argument);
    return 0;
}

bool thread_start(Thread *thread, ThreadBody *body, void *argument)
{
    ThreadStart *start = malloc(sizeof *start);
    if (start == NULL) {
        return false;
    }
    start->body = body;
    start->argument = argument;
    *thread = (HANDLE)_beginthreadex(NULL, 0, thread_main, start, 0, NULL);
    if (*thread == NULL) {
        free(start);
        return false;
    }
    return true;
}

void thread_join(Thread thread)
{
    (void)WaitForSingleObject(thread, INFINITE);
    (void)CloseHandle(thread);
}

uint64_t clock_ns(void)
{
    LARGE_INTEGER frequency, count;
    (void)QueryPerformanceFrequency(&frequency);
    (void)QueryPerformanceCounter(&count);
    const uint64_t per_second = (uint64_t)frequency.QuadPart, ticks = (uint64_t)count.QuadPart;
    return ticks / per_second * 1000000000u + ticks % per_second * 1000000000u / per_second;
}

unsigned long process_id(void) { return GetCurrentProcessId(); }

static wchar_t *to_wide(const char *text)
{
    const int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *wide = size > 0 ? malloc((size_t)size * sizeof *wide) : NULL;
    if (wide != NULL) {
        (void)MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, size);
    }
    return wide;
}

static char *from_wide(const wchar_t *wide)
{
    const int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (text != NULL) {
        (void)WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    }
    return text;
}

char *environment_get(const char *name)
{
    wchar_t *wide_name = to_wide(name);
    char *value = NULL;
    if (wide_name != NULL) {
        const DWORD size = GetEnvironmentVariableW(wide_name, NULL, 0);
        wchar_t *wide = size > 1 ? malloc(size * sizeof *wide) : NULL;
        if (wide != NULL && GetEnvironmentVariableW(wide_name, wide, size) == size - 1) {
            value = from_wide(wide);
        }
        free(wide);
        free(wide_name);
    }
    return value;
}

char *library_file(void)
{
    static const char here = 0;
    enum { LONGEST = 32768 };
    const DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    HMODULE module = NULL;
    wchar_t *wide = malloc(LONGEST * sizeof *wide);
    char *path = NULL;
    if (wide != NULL && GetModuleHandleExW(flags, (LPCWSTR)(const void *)&here, &module)) {
        const DWORD length = GetModuleFileNameW(module, wide, LONGEST);
        path = length > 0 && length < LONGEST ? from_wide(wide) : NULL;
    }
    free(wide);
    return path;
}

FILE *file_open(const char *path, const char *mode)
{
    wchar_t *wide_path = to_wide(path), *wide_mode = to_wide(mode);
    FILE *file = wide_path != NULL && wide_mode != NULL ? _wfopen(wide_path, wide_mode) : NULL;
    free(wide_path);
    free(wide_mode);
    return file;
}

bool file_exists(const char *path)
{
    wchar_t *wide = to_wide(path);
    const bool exists = wide != NULL && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
    free(wide);
    return exists;
}

bool file_replace(const char *from, const char *to)
{
    wchar_t *wide_from = to_wide(from), *wide_to = to_wide(to);
    bool moved = false;
    /* A reader that has the old file open makes the move fail; it is soon done. */
    for (int attempt = 0; attempt < 50 && !moved && wide_from != NULL && wide_to != NULL; attempt++) {
        moved = MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
        if (!moved) {
            Sleep(10);
        }
    }
    free(wide_from);
    free(wide_to);
    return moved;
}

void file_remove(const char *path)
{
    wchar_t *wide = to_wide(path);
    if (wide != NULL) {
        (void)DeleteFileW(wide);
    }
    free(wide);
}

bool folder_visit(const char *path, void (*visit)(const char *name, void *context), void *context)
{
    const size_t length = strlen(path);
    char *pattern = malloc(length + 3);
    if (pattern == NULL) {
        return false;
    }
    memcpy(pattern, path, length);
    memcpy(pattern + length, "\\*", 3);
    wchar_t *wide = to_wide(pattern);
    free(pattern);
    WIN32_FIND_DATAW entry;
    HANDLE search = wide != NULL ? FindFirstFileW(wide, &entry) : INVALID_HANDLE_VALUE;
    free(wide);
    if (search == INVALID_HANDLE_VALUE) {
        return false;
    }
    do {
        char *name = from_wide(entry.cFileName);
        if (name != NULL) {
            visit(name, context);
        }
        free(name);
    } while (FindNextFileW(search, &entry));
    (void)FindClose(search);
    return true;
}

#else

#include <dirent.h>
#include <dlfcn.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void mutex_lock(Mutex *mutex) { (void)pthread_mutex_lock(mutex); }
void mutex_unlock(Mutex *mutex) { (void)pthread_mutex_unlock(mutex); }

void condition_init(Condition *condition)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

void condition_destroy(Condition *condition) { (void)pthread_cond_destroy(condition); }
void condition_wake_all(Condition *condition) { (void)pthread_cond_broadcast(condition); }

void condition_wait(Condition *condition, Mutex *mutex, uint64_t deadline_ns)
{
    if (deadline_ns == FOREVER_NS) {
        (void)pthread_cond_wait(condition, mutex);
        return;
    }
    const struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
                                      .tv_nsec = (long)(deadline_ns % 1000000000u)};
    (void)pthread_cond_timedwait(condition, mutex, &deadline);
}

static void *thread_main(void *raw)
{
    ThreadStart start = *(ThreadStart *)raw;
    free(raw);
    start.body(start.argument);
    return NULL;
}

bool thread_start(Thread *thread, ThreadBody *body, void *argument)
{
    ThreadStart *start = malloc(sizeof *start);
    if (start == NULL) {
        return false;
    }
    start->body = body;
    start->argument = argument;
    if (pthread_create(thread, NULL, thread_main, start) != 0) {
        free(start);
        return false;
    }
    return true;
}

void thread_join(Thread thread) { (void)pthread_join(thread, NULL); }

uint64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

unsigned long process_id(void) { return (unsigned long)getpid(); }

char *environment_get(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? strdup(value) : NULL;
}

char *library_file(void)
{
    static const char here = 0;
    Dl_info info;
    return dladdr(&here, &info) != 0 && info.dli_fname != NULL ? realpath(info.dli_fname, NULL) : NULL;
}

FILE *file_open(const char *path, const char *mode) { return fopen(path, mode); }

bool file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

bool file_replace(const char *from, const char *to) { return rename(from, to) == 0; }
void file_remove(const char *path) { (void)unlink(path); }

bool folder_visit(const char *path, void (*visit)(const char *name, void *context), void *context)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        visit(entry->d_name, context);
    }
    (void)closedir(folder);
    return true;
}

#endif
