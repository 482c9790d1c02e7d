/* SPDX-License-Identifier: Apache-2.0 */
/* Loopback TCP for the control channel. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "platform.h"

#include <string.h>

#if defined(_WIN32)
#include <ws2tcpip.h>
typedef int SocketLength;
#define NO_SIGNAL 0
#define poll WSAPoll
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
typedef socklen_t SocketLength;
#define NO_SIGNAL MSG_NOSIGNAL
#endif

enum { WAIT_MAX = 64 };

bool sockets_start(void)
{
#if defined(_WIN32)
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
#else
    return true;
#endif
}

void sockets_stop(void)
{
#if defined(_WIN32)
    (void)WSACleanup();
#endif
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

Socket socket_listen(uint16_t *port)
{
    Socket listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == NO_SOCKET) {
        return NO_SOCKET;
    }
    struct sockaddr_in address = loopback(0);
    SocketLength size = sizeof address;
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        socket_close(listener);
        return NO_SOCKET;
    }
    *port = ntohs(address.sin_port);
    return listener;
}

Socket socket_accept(Socket listener)
{
    Socket client = accept(listener, NULL, NULL);
    if (client == NO_SOCKET) {
        return NO_SOCKET;
    }
    /* A peer that does not read its replies must not stop the channel for the others. */
#if defined(_WIN32)
    const DWORD timeout = 1000;
    (void)setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, (const char *)&timeout, sizeof timeout);
#else
    const struct timeval timeout = {.tv_sec = 1, .tv_usec = 0};
    (void)setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
#endif
    return client;
}

Socket socket_connect(uint16_t port)
{
    Socket client = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in address = loopback(port);
    if (client != NO_SOCKET && connect(client, (const struct sockaddr *)&address, sizeof address) != 0) {
        socket_close(client);
        return NO_SOCKET;
    }
    return client;
}

int socket_receive(Socket socket, char *buffer, int size)
{
#if defined(_WIN32)
    return recv(socket, buffer, size, 0);
#else
    return (int)recv(socket, buffer, (size_t)size, 0);
#endif
}

bool socket_send(Socket socket, const char *data, int size)
{
    while (size > 0) {
#if defined(_WIN32)
        const int sent = send(socket, data, size, NO_SIGNAL);
#else
        const int sent = (int)send(socket, data, (size_t)size, NO_SIGNAL);
#endif
        if (sent <= 0) {
            return false;
        }
        data += sent;
        size -= sent;
    }
    return true;
}

void socket_close(Socket socket)
{
#if defined(_WIN32)
    (void)closesocket(socket);
#else
    (void)close(socket);
#endif
}

bool sockets_wait(const Socket *sockets, bool *ready, int count)
{
    struct pollfd entries[WAIT_MAX];
    if (count > WAIT_MAX) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        entries[i].fd = sockets[i];
        entries[i].events = POLLIN;
        entries[i].revents = 0;
    }
#if defined(_WIN32)
    const int changed = poll(entries, (ULONG)count, -1);
#else
    const int changed = poll(entries, (nfds_t)count, -1);
#endif
    for (int i = 0; i < count; i++) {
        ready[i] = changed > 0 && entries[i].revents != 0;
    }
    return changed >= 0;
}
