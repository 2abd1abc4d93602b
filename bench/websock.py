"""A WebSocket client (RFC 6455) of the standard library alone: what a benchmark needs of it, and no more."""
import asyncio, base64, os, struct


class Closed(Exception):
    pass


class WebSocket:
    """Text frames, whole. Pings are answered while somebody reads."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, host, port, path, headers=(), source=None):
        reader, writer = await asyncio.open_connection(host, port, local_addr=(source, 0) if source else None)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
                 "Sec-WebSocket-Version: 13", *(f"{name}: {value}" for name, value in headers)]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            writer.close()
            raise Closed(head.decode(errors="replace"))
        return cls(reader, writer)

    def send(self, text):
        self.frame(0x1, text.encode())

    def frame(self, kind, data):
        mask = os.urandom(4)
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size)
        long = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(long, "big")).to_bytes(size, "big") if size else b""
        self.writer.write(bytes([0x80 | kind]) + length + mask + masked)

    async def receive(self):
        """The next text."""
        text = b""
        while True:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                width = 2 if size == 126 else 8
                size = int.from_bytes(await self.reader.readexactly(width), "big")
            data = await self.reader.readexactly(size)
            kind = first & 0x0F
            if kind == 0x9:
                self.frame(0xA, data)
            elif kind == 0x8:
                raise Closed(data[2:].decode(errors="replace"))
            elif kind in (0x0, 0x1, 0x2):
                text += data
                if first & 0x80:
                    return text.decode()

    def close(self):
        self.writer.close()
