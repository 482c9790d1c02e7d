/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between POSIX and Win32: locks, threads, clock, files, sockets. Paths and texts are UTF-8. */
#ifndef SIMULATOR_PLATFORM_H
#define SIMULATOR_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <windows.h>
typedef SRWLOCK Mutex;
typedef CONDITION_VARIABLE Condition;
typedef HANDLE Thread;
typedef SOCKET Socket;
#define NO_SOCKET INVALID_SOCKET
#define MUTEX_INITIAL SRWLOCK_INIT
#else
#include <pthread.h>
typedef pthread_mutex_t Mutex;
typedef pthread_cond_t Condition;
typedef pthread_t Thread;
typedef int Socket;
#define NO_SOCKET (-1)
#define MUTEX_INITIAL PTHREAD_MUTEX_INITIALIZER
#endif

#define FOREVER_NS UINT64_MAX

void mutex_lock(Mutex *mutex);
void mutex_unlock(Mutex *mutex);

void condition_init(Condition *condition);
void condition_destroy(Condition *condition);
/* Waits for a wake-up or until clock_ns() reaches the deadline; may wake without cause. */
void condition_wait(Condition *condition, Mutex *mutex, uint64_t deadline_ns);
void condition_wake_all(Condition *condition);

typedef void ThreadBody(void *argument);
bool thread_start(Thread *thread, ThreadBody *body, void *argument);
void thread_join(Thread thread);

/* Nanoseconds on the clock behind Python's time.perf_counter_ns(). */
uint64_t clock_ns(void);
unsigned long process_id(void);

/* Value of an environment variable as an allocated string, NULL when unset or empty. */
char *environment_get(const char *name);

/* Full path of the library that holds this code, allocated; NULL when the system does not tell. */
char *library_file(void);

FILE *file_open(const char *path, const char *mode);
bool file_exists(const char *path);
bool file_replace(const char *from, const char *to);
void file_remove(const char *path);
/* Calls visit for the name of each entry; false when the folder cannot be read. */
bool folder_visit(const char *path, void (*visit)(const char *name, void *context), void *context);

bool sockets_start(void);
void sockets_stop(void);
/* Listens on 127.0.0.1 on a port chosen by the system. */
Socket socket_listen(uint16_t *port);
Socket socket_accept(Socket listener);
Socket socket_connect(uint16_t port);
/* Bytes read, 0 when the peer closed, -1 on error. */
int socket_receive(Socket socket, char *buffer, int size);
/* Sends everything within one second or returns false. */
bool socket_send(Socket socket, const char *data, int size);
void socket_close(Socket socket);
/* Waits until at least one socket is readable and sets ready[i]. */
bool sockets_wait(const Socket *sockets, bool *ready, int count);

#endif
