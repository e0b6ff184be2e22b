#!/usr/bin/env python3
"""Builds the images that examples and tests run, from programs of this machine: build.py [--agnhost PATH] [--burn PATH] [--debs FOLDER] OUT
or prints what must be in FOLDER: build.py --list-debs

  OUT/busybox.tar      busybox with all its applets, under the names that manifests call it by
  OUT/hello.tar        what listens at port 8080: hello-app and goproxy, by busybox
  OUT/stress.tar       polinux/stress: Debian's `stress` with the libraries it needs, on busybox
  OUT/artifact.tar     quay.io/crio/artifact:v1: two files, for image volumes
  OUT/agnhost.tar      agnhost of the Kubernetes tests: only with --agnhost, the program of agnhost.c, on busybox
  OUT/burn.tar         vish/stress: only with --burn, the program of burn.c, alone
  OUT/nginx.tar        nginx: only with --debs, from Debian's packages in FOLDER, which are unpacked and not installed
  OUT/redis.tar        redis: likewise
  OUT/etcd.tar         registry.k8s.io/etcd:3.5.1-0: likewise; Debian's is an older one

Needs the packages busybox-static and stress. The same programs give the same bytes.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from layout import Layer, Layout  # noqa: E402

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BUSYBOX_NAMES = ["busybox", "busybox:1.28", "registry.k8s.io/busybox", "gcr.io/google_containers/busybox",
                 "debian"]
AGNHOST_NAMES = ["registry.k8s.io/e2e-test-images/agnhost:2.40", "registry.k8s.io/e2e-test-images/agnhost:2.45"]
HELLO_NAMES = ["gcr.io/google-samples/hello-app:2.0", "registry.k8s.io/goproxy:0.1"]
NGINX_PACKAGES = ["nginx", "nginx-common", "libpcre2-8-0", "libssl3", "zlib1g", "libcrypt1"]
REDIS_PACKAGES = ["redis-tools", "libatomic1", "libjemalloc2", "liblzf1", "libssl3", "libsystemd0", "libcap2",
                  "libgcrypt20", "libgpg-error0", "liblz4-1", "liblzma5", "libzstd1"]
ETCD_PACKAGES = ["etcd-server"]
# As in the image of that name.
NGINX_CONF = """
user  nginx;
worker_processes  1;

error_log  /var/log/nginx/error.log warn;
pid        /var/run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log  /var/log/nginx/access.log;
    server {
        listen       80;
        location / {
            root   /usr/share/nginx/html;
            index  index.html;
        }
    }
}
"""

PASSWD = """root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
"""
GROUP = """root:x:0:
daemon:x:1:
bin:x:2:
tty:x:5:
www-data:x:33:
users:x:100:
nogroup:x:65534:
"""


def busybox_layer():
    busybox = next(path for path in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(path))
    applets = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    layer = Layer()
    layer.folder("/")
    for path in ("bin", "dev", "etc", "home", "proc", "sys", "usr/bin", "usr/sbin", "var/log", "run"):
        layer.folder("/" + path)
    layer.folder("/root", 0o700)
    layer.folder("/tmp", 0o1777)
    layer.folder("/var/www", owner=(33, 33))
    layer.copy(busybox, "/bin/busybox")
    for applet in sorted(set(applets) - {"busybox"}):
        layer.hard_link("/bin/" + applet, "/bin/busybox")
    layer.file("/etc/passwd", PASSWD)
    layer.file("/etc/group", GROUP)
    layer.file("/etc/shadow", "root:*:::::::\n", 0o600)
    return layer.finish()


def add_libraries(layer, program, root=""):
    """Adds what the dynamic loader will look for. Libraries below `root` come before the machine's own."""
    folders = [root + folder for folder in (f"/lib/{os.uname().machine}-linux-gnu",
                                            f"/usr/lib/{os.uname().machine}-linux-gnu")]
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)} if root else None
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True, env=environment).stdout
    if "not found" in listed:
        sys.exit(f"build.py: {program}: a library is missing:\n{listed}")
    for path in re.findall(r"(?:=> )?(/\S+) \(0x", listed):
        layer.copy(path, path.removeprefix(root))


def stress_layer():
    layer = Layer()
    layer.copy("/usr/bin/stress", "/usr/bin/stress")
    add_libraries(layer, "/usr/bin/stress")
    return layer.finish()


def artifact_layers():
    """A file in each of two layers, and links that stay inside and lead out."""
    first, second = Layer(), Layer()
    first.file("/dir/file", "1\n")
    second.file("/file", "2\n")
    second.link("/dir-link", "dir")
    second.link("/out", "/etc")
    return [first.finish(), second.finish()]


def user_layer():
    """The user that the image agnhost has, and the group that this user is in."""
    layer = Layer()
    layer.file("/etc/passwd", PASSWD + "user-defined-in-image:x:1000:1000::/:/bin/sh\n")
    layer.file("/etc/group", GROUP + "user-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\n")
    return layer.finish()


def program_layer(program, path):
    layer = Layer()
    layer.copy(program, path)
    return layer.finish()


def unpack(packages, debs, folder):
    """Unpacks Debian packages below the folder, without installing them."""
    there = {name.partition("_")[0] for name in os.listdir(debs)}
    missing = [package for package in packages if package not in there]
    if missing:
        sys.exit(f"build.py: not in {debs}: {', '.join(missing)}")
    for name in sorted(os.listdir(debs)):
        if name.partition("_")[0] in packages:
            subprocess.run(["dpkg-deb", "-x", os.path.join(debs, name), folder], check=True)


def packages_layer(debs, packages, programs, files=()):
    """A layer of programs of Debian packages, {place there: place in the image}, with their libraries; and of other files."""
    layer = Layer()
    with tempfile.TemporaryDirectory() as root:
        unpack(packages, debs, root)
        for place, target in programs.items():
            layer.copy(root + place, target)
            add_libraries(layer, root + place, root)
        for place in files:
            layer.copy(root + place, place, 0o644)
    return layer


def nginx_layer(debs):
    layer = packages_layer(debs, NGINX_PACKAGES, {"/usr/sbin/nginx": "/usr/sbin/nginx"},
                           ["/etc/nginx/mime.types", "/usr/share/nginx/html/index.html"])
    layer.file("/etc/nginx/nginx.conf", NGINX_CONF)
    layer.file("/etc/passwd", PASSWD + "nginx:x:101:101:nginx:/nonexistent:/bin/false\n")
    layer.file("/etc/group", GROUP + "nginx:x:101:\n")
    layer.folder("/var/lib/nginx")
    layer.link("/var/run", "/run")
    layer.link("/var/log/nginx/access.log", "/dev/stdout")
    layer.link("/var/log/nginx/error.log", "/dev/stderr")
    return layer.finish()


def redis_layer(debs):
    layer = packages_layer(debs, REDIS_PACKAGES, {"/usr/bin/redis-check-rdb": "/usr/bin/redis-server",
                                                  "/usr/bin/redis-cli": "/usr/bin/redis-cli"})
    layer.folder("/data")
    return layer.finish()


def etcd_layer(debs):
    return packages_layer(debs, ETCD_PACKAGES, {"/usr/bin/etcd": "/usr/local/bin/etcd"}).finish()


def write_image(path, *image):
    layout = Layout()
    layout.image(*image)
    layout.write(path)
    print(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", help="the folder to write to")
    parser.add_argument("--agnhost", metavar="PATH", help="the built program of agnhost.c")
    parser.add_argument("--burn", metavar="PATH", help="the built program of burn.c")
    parser.add_argument("--debs", metavar="FOLDER", help="where Debian's packages of nginx, redis and etcd are")
    parser.add_argument("--list-debs", action="store_true", help="print the names of those packages, and end")
    options = parser.parse_args()
    if options.list_debs:
        print("\n".join(sorted({*NGINX_PACKAGES, *REDIS_PACKAGES, *ETCD_PACKAGES})))
        return
    if not options.out:
        parser.error("OUT is missing")
    os.makedirs(options.out, exist_ok=True)

    def to(name):
        return os.path.join(options.out, name)

    busybox = busybox_layer()
    write_image(to("busybox.tar"), BUSYBOX_NAMES, [busybox], {"Cmd": ["sh"], "Env": [PATH]})
    write_image(to("hello.tar"), HELLO_NAMES, [busybox], {"Cmd": ["httpd", "-f", "-p", "8080"], "Env": [PATH], "StopSignal": "SIGKILL"})
    write_image(to("stress.tar"), ["polinux/stress"], [busybox, stress_layer()],
                {"Cmd": ["stress", "--help"], "Env": [PATH]})
    write_image(to("artifact.tar"), ["quay.io/crio/artifact:v1"], artifact_layers(), {})
    if options.agnhost:
        write_image(to("agnhost.tar"), AGNHOST_NAMES, [busybox, user_layer(), program_layer(options.agnhost, "/agnhost")],
                    {"Entrypoint": ["/agnhost"], "Env": [PATH]})
    if options.burn:
        write_image(to("burn.tar"), ["vish/stress"], [program_layer(options.burn, "/stress")],
                    {"Entrypoint": ["/stress", "-logtostderr"], "Env": [PATH]})
    if options.debs:
        write_image(to("nginx.tar"), ["nginx"], [busybox, nginx_layer(options.debs)],
                    {"Cmd": ["nginx", "-g", "daemon off;"], "Env": [PATH], "StopSignal": "SIGQUIT",
                     "ExposedPorts": {"80/tcp": {}}})
        write_image(to("redis.tar"), ["redis"], [busybox, redis_layer(options.debs)],
                    {"Cmd": ["redis-server"], "Env": [PATH], "WorkingDir": "/data", "ExposedPorts": {"6379/tcp": {}}})
        write_image(to("etcd.tar"), ["registry.k8s.io/etcd:3.5.1-0"], [busybox, etcd_layer(options.debs)], {"Env": [PATH]})


if __name__ == "__main__":
    main()
