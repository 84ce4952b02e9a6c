/* What a client needs of RFC 6455: masked frames out, frames of a server in. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
enum { MOST_HEADER = 8 };

typedef struct {
    int opcode;
    char *payload;
    size_t length;
    size_t whole; /* with its header */
} Frame;

/* Write a frame of less than 64 KiB; give its length. The mask is no zero, so that servers have to unmask. */
static size_t frame_write(char *to, int opcode, const char *payload, size_t length) {
    static const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
    size_t at = 0;
    to[at++] = (char)(0x80 | opcode);
    if (length < 126) {
        to[at++] = (char)(0x80 | length);
    } else {
        to[at++] = (char)(0x80 | 126);
        to[at++] = (char)(length >> 8);
        to[at++] = (char)(length & 255);
    }
    memcpy(to + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < length; i++) to[at + i] = (char)(payload[i] ^ mask[i & 3]);
    return at + length;
}

/* Read the frame at the start of what has arrived; 0 if it is not all there. */
static int frame_read(char *from, size_t arrived, Frame *frame) {
    const unsigned char *byte = (const unsigned char *)from;
    if (arrived < 2) return 0;
    uint64_t length = byte[1] & 127;
    size_t header = 2;
    if (length == 126) {
        if (arrived < 4) return 0;
        length = (uint64_t)byte[2] << 8 | byte[3];
        header = 4;
    } else if (length == 127) {
        if (arrived < 10) return 0;
        length = 0;
        for (int i = 2; i < 10; i++) length = length << 8 | byte[i];
        header = 10;
    }
    if (arrived - header < length) return 0;
    *frame = (Frame){byte[0] & 15, from + header, (size_t)length, header + (size_t)length};
    return 1;
}

#endif
