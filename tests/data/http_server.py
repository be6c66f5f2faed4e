"""A server with good and bad manners, for the download's tests: http_server.py FOLDER

Prints its port. The first part of a path says how FOLDER's file is served:
  good      whole or by range          norange   always whole
  cut       breaks off after half of what was asked for, ranges honoured
  stall     sends 100 bytes, then nothing
  wrongrange  a range other than the one asked for
  redirect  points to good             missing   404
Each request is logged to FOLDER/log as "MANNER RANGE".
"""
import os, re, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANNERS = ("good", "norange", "cut", "stall", "wrongrange")
folder = sys.argv[1]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        manner, name = self.path.strip("/").split("/", 1)
        asked = self.headers.get("Range")
        with open(os.path.join(folder, "log"), "a") as log:
            log.write(f"{manner} {asked}\n")
        if manner == "redirect":
            self.send_response(302)
            self.send_header("Location", "/good/" + name)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        path = os.path.join(folder, name)
        if manner not in MANNERS or not os.path.exists(path):
            return self.send_error(404)
        with open(path, "rb") as file:
            data = file.read()
        begin = 0
        if asked and manner != "norange":
            begin = int(re.match(r"bytes=(\d+)-", asked).group(1))
            if manner == "wrongrange":
                begin += 1
            if begin >= len(data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        body = data[begin:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if manner == "cut":
            body = body[: max(1, len(body) // 2)]
        if manner == "stall":
            self.wfile.write(body[:100])
            self.wfile.flush()
            time.sleep(30)
        else:
            self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
