/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include "library.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENTS_MAX = 16, LINE_MAX_BYTES = 256, REPLY_MAX_BYTES = 512 };

typedef struct {
    Socket socket;
    char line[LINE_MAX_BYTES];
    size_t length;
} Client;

static Socket listener = NO_SOCKET;
static uint16_t port;
static char *endpoint_path;
static Thread thread;
static bool quit;
static Client clients[CLIENTS_MAX];
static int client_count;

/* The endpoint file appears complete or not at all: readers never see half of it. */
static bool write_endpoint(void)
{
    const size_t size = strlen(endpoint_path) + 32;
    char *temporary = malloc(size);
    if (temporary == NULL) {
        return false;
    }
    (void)snprintf(temporary, size, "%s.%lu.tmp", endpoint_path, process_id());
    FILE *file = file_open(temporary, "wb");
    bool written = file != NULL &&
                   fprintf(file, "{\"port\": %u, \"pid\": %lu}\n", (unsigned)port, process_id()) > 0;
    if (file != NULL && fclose(file) != 0) {
        written = false;
    }
    written = written && file_replace(temporary, endpoint_path);
    if (!written) {
        file_remove(temporary);
        (void)fail(GC_ERR_IO, "INSPECTOR_SIMULATOR_ENDPOINT: %s cannot be written", endpoint_path);
    }
    free(temporary);
    return written;
}

/* Another process may have replaced the file since; then it is not ours to remove. */
static void remove_endpoint(void)
{
    unsigned found_port = 0;
    unsigned long found_pid = 0;
    FILE *file = file_open(endpoint_path, "rb");
    if (file != NULL) {
        const int fields = fscanf(file, "{\"port\": %u, \"pid\": %lu}", &found_port, &found_pid);
        (void)fclose(file);
        if (fields == 2 && found_port == port && found_pid == process_id()) {
            file_remove(endpoint_path);
        }
    }
}

static bool answer(Client *client, char *line)
{
    char reply[REPLY_MAX_BYTES];
    mutex_lock(&library_lock);
    command_execute(line, reply, sizeof reply);
    mutex_unlock(&library_lock);
    return socket_send(client->socket, reply, (int)strlen(reply));
}

/* Reads what is there and answers each complete line; false when the client is done or breaks the rules. */
static bool serve(Client *client)
{
    const int room = (int)(sizeof client->line - client->length);
    const int count = socket_receive(client->socket, client->line + client->length, room);
    if (count <= 0) {
        return false;
    }
    client->length += (size_t)count;
    char *end = memchr(client->line, '\n', client->length);
    while (end != NULL) {
        *end = '\0';
        if (end > client->line && end[-1] == '\r') {
            end[-1] = '\0';
        }
        if (!answer(client, client->line)) {
            return false;
        }
        const size_t used = (size_t)(end + 1 - client->line);
        client->length -= used;
        memmove(client->line, end + 1, client->length);
        end = memchr(client->line, '\n', client->length);
    }
    if (client->length == sizeof client->line) {
        static const char too_long[] = "ERR line longer than 255 bytes\n";
        (void)socket_send(client->socket, too_long, (int)sizeof too_long - 1);
        return false;
    }
    return true;
}

static void accept_client(void)
{
    Socket socket = socket_accept(listener);
    if (socket == NO_SOCKET) {
        return;
    }
    if (client_count == CLIENTS_MAX) {
        static const char busy[] = "ERR too many clients\n";
        (void)socket_send(socket, busy, (int)sizeof busy - 1);
        socket_close(socket);
        return;
    }
    clients[client_count].socket = socket;
    clients[client_count].length = 0;
    client_count++;
}

static bool asked_to_quit(void)
{
    mutex_lock(&library_lock);
    const bool asked = quit;
    mutex_unlock(&library_lock);
    return asked;
}

static void run(void *unused)
{
    (void)unused;
    while (!asked_to_quit()) {
        Socket sockets[CLIENTS_MAX + 1];
        bool ready[CLIENTS_MAX + 1];
        const int waiting = client_count;
        sockets[0] = listener;
        for (int i = 0; i < waiting; i++) {
            sockets[i + 1] = clients[i].socket;
        }
        if (!sockets_wait(sockets, ready, waiting + 1)) {
            continue; /* interrupted by a signal */
        }
        /* Backwards, because a client that leaves is replaced by the last one. */
        for (int i = waiting - 1; i >= 0; i--) {
            if (ready[i + 1] && !serve(&clients[i])) {
                socket_close(clients[i].socket);
                clients[i] = clients[--client_count];
            }
        }
        if (ready[0]) {
            accept_client();
        }
    }
    while (client_count > 0) {
        socket_close(clients[--client_count].socket);
    }
}

bool control_start(void)
{
    endpoint_path = environment_get("INSPECTOR_SIMULATOR_ENDPOINT");
    if (endpoint_path == NULL) {
        return true;
    }
    quit = false;
    client_count = 0;
    if (sockets_start()) {
        listener = socket_listen(&port);
        if (listener != NO_SOCKET) {
            if (thread_start(&thread, run, NULL)) {
                if (write_endpoint()) {
                    return true;
                }
                control_stop();
                return false;
            }
            socket_close(listener);
            listener = NO_SOCKET;
        }
        sockets_stop();
    }
    (void)fail(GC_ERR_IO, "the control channel cannot listen on 127.0.0.1");
    free(endpoint_path);
    endpoint_path = NULL;
    return false;
}

void control_stop(void)
{
    if (listener == NO_SOCKET) {
        return;
    }
    remove_endpoint();
    quit = true;
    mutex_unlock(&library_lock);
    Socket knock = socket_connect(port); /* wakes the thread from its wait */
    thread_join(thread);
    if (knock != NO_SOCKET) {
        socket_close(knock);
    }
    socket_close(listener);
    sockets_stop();
    mutex_lock(&library_lock);
    listener = NO_SOCKET;
    free(endpoint_path);
    endpoint_path = NULL;
}
