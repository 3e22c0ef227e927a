"""The example serve as a user runs it.

usage: serve.py FOLDER_OF_PROGRAMS [unittest options]
"""
import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import unittest
import urllib.error
import urllib.request

from support import PROGRAMS, Case, run


@unittest.skipUnless((PROGRAMS / "serve").exists(), "serve was not built: cpp-httplib is missing")
class Serves(Case):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        self.assertEqual(run("export_generator", "--checkpoint", self.folder / "run", "--out", self.folder, "--runtime").returncode, 0)
        self.process = subprocess.Popen([PROGRAMS / "serve", self.folder / "generator.cspgan", "--port", "0"],
                                        stdout=subprocess.PIPE, text=True)
        self.url = re.fullmatch(r"serve: (http://.*)\n", self.process.stdout.readline()).group(1)

    def tearDown(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        super().tearDown()

    def get(self, path, body=None):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"}), timeout=60) as answer:
            return answer.read()

    def refusal(self, path, body=None):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.get(path, body)
        with caught.exception as answer:
            return answer.code, json.load(answer)["error"]

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    def test_pictures_by_seed_and_by_latents_are_the_same_each_time_and_under_load(self):
        about = json.loads(self.get("/"))
        self.assertEqual((about["side"], about["channels"]), (32, 3))
        first = self.get("/picture.png?seed=3")
        self.assertEqual(first[:8], b"\x89PNG\r\n\x1a\n")
        self.assertNotEqual(self.get("/picture.png?seed=4"), first)
        self.assertNotEqual(self.get("/picture.png?seed=3&truncation=0.5"), first)
        def decoded(answer):
            return [base64.b64decode(picture.removeprefix("data:image/png;base64,")) for picture in json.loads(answer)["pictures"]]
        self.assertEqual(decoded(self.get("/pictures", b'{"seeds": [4, 3]}'))[1], first)
        zeros = json.dumps({"latents": [[0] * about["latent_size"]]}).encode()
        self.assertEqual(decoded(self.get("/pictures", zeros)), [self.get("/picture.png?truncation=0")])
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            self.assertTrue(all(picture == first for picture in pool.map(lambda _: self.get("/picture.png?seed=3"), range(200))))
            before = self.memory()
            list(pool.map(lambda seed: self.get(f"/picture.png?seed={seed}"), range(1000)))
        if "ASAN_OPTIONS" not in os.environ:  # the address sanitizer keeps for a while what was freed
            self.assertLess(self.memory(), before + 4000)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(timeout=30), 0)

    def test_what_cannot_be_answered_is_refused_and_the_server_goes_on(self):
        for path, body, status, reason in (
                ("/none", None, 404, "/none"), ("/picture.png?seed=x", None, 400, "'x'"), ("/picture.png?seed=-1", None, 400, "'-1'"),
                ("/picture.png?truncation=9", None, 400, "0 to 2"), ("/picture.png?truncation=nan", None, 400, "0 to 2"),
                ("/pictures", b"\xff", 400, "not JSON"), ("/pictures", b"[" * 100000, 400, "not JSON"), ("/pictures", b"[1]", 400, "object"),
                ("/pictures", b"{}", 400, "either"), ("/pictures", b'{"seeds": 1}', 400, "array"), ("/pictures", b'{"seeds": [-1]}', 400, "0 or more"),
                ("/pictures", json.dumps({"seeds": list(range(65))}).encode(), 400, "64"), ("/pictures", b'{"latents": [[1]]}', 400, "numbers"),
                ("/pictures", b'{"latents": [[1e300]]}', 400, "numbers"), ("/pictures", b'{"seeds": [1], "truncation": "x"}', 400, "a number")):
            with self.subTest(path=path, body=(body or b"")[:40]):
                code, said = self.refusal(path, body)
                self.assertEqual(code, status)
                self.assertIn(reason, said)
        self.assertEqual(self.refusal("/pictures", b" " * 2_000_000)[0], 413)
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        connection.putrequest("POST", "/pictures")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()  # the chunks, which have no limit, are not waited for
        answer = connection.getresponse()
        self.assertEqual((answer.status, "Content-Length" in json.load(answer)["error"]), (411, True))
        connection.close()
        self.get("/picture.png")

    def test_several_ranges_at_once_are_refused(self):
        request = urllib.request.Request(self.url + "/picture.png?seed=3")
        request.add_header("Range", "bytes=" + ",".join(["0-"] * 100))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertEqual(refused.exception.code, 416)

    def test_a_wrong_start_says_why(self):
        for arguments, code, reason in ((["none.cspgan"], 1, "'none.cspgan' cannot be read"), ([], 2, "usage"), (["a", "--port", "99999"], 2, "65535"), (["a", "--port", "x"], 2, "'x'"),
                                        ([self.folder / "generator.cspgan", "--port", self.url.rsplit(":", 1)[1]], 2, "the port free?")):
            result = run("serve", *arguments)
            self.assertEqual(result.returncode, code)
            self.assertIn(reason, result.stderr)

    @unittest.skipUnless(shutil.which("wrk"), "wrk is missing")
    def test_wrk_meets_no_error(self):
        result = subprocess.run(["wrk", "-t1", "-c16", "-d2s", f"{self.url}/picture.png?seed=1"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0)
        self.assertNotIn("Non-2xx", result.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
