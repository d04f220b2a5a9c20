"""A processor as a service: tells how evenly an image's bytes are spread. Python's standard library only.

    python3 server.py [PORT]        (PORT from the environment otherwise, as Cloud Run sets it; 0 takes a free one)

What it is sent:   POST, the original file as the body, its type in Content-Type, and in headers
                   Darkroom-Processor  name@version
                   Darkroom-Settings   the processor's settings, JSON
                   Darkroom-Facts      format, width, height, pages, alpha, bytes, sha256, JSON
What it answers:   204                              nothing to tell
                   200 application/json             findings, an object
                   200 multipart/form-data          a field `findings` (JSON text) and files, each an output, called NAME.EXTENSION
                   400, 413, 415 or 422             this image can't be done, with the reason as text: it fails, and is not tried again
                   429, 5xx or no answer            tried again twice, then later
"""

import json
import math
import os
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BYTES = 200 * 1024 * 1024


def entropy(data):
    """Bits per byte, from 0 to 8."""
    counts = [data.count(bytes([value])) for value in range(256)]
    return -sum(n / len(data) * math.log2(n / len(data)) for n in counts if n)


def histogram_svg(data):
    highest = max(data.count(bytes([value])) for value in range(256))
    bars = "".join(
        f'<rect x="{value}" y="{100 - data.count(bytes([value])) * 100 // highest}" width="1" height="100"/>'
        for value in range(256)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 100">{bars}</svg>'.encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_BYTES:
            return self.answer(413, "text/plain", b"more than 200 MiB")
        data = self.rfile.read(length)
        if not data:
            return self.answer(422, "text/plain", b"the file is empty")
        settings = json.loads(self.headers.get("Darkroom-Settings", "{}"))
        findings = json.dumps({"bitsPerByte": round(entropy(data), 3)}).encode()
        if not settings.get("chart"):
            return self.answer(200, "application/json", findings)
        boundary = uuid.uuid4().hex
        parts = [
            ('form-data; name="findings"', None, findings),
            ('form-data; name="output"; filename="bytes.svg"', "image/svg+xml", histogram_svg(data)),
        ]
        body = b""
        for disposition, content_type, content in parts:
            body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n".encode()
            body += f"Content-Type: {content_type}\r\n".encode() if content_type else b""
            body += b"\r\n" + content + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        return self.answer(200, f"multipart/form-data; boundary={boundary}", body)

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PORT", "8080"))
    server = ThreadingHTTPServer(("0.0.0.0" if "K_SERVICE" in os.environ else "127.0.0.1", port), Handler)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
