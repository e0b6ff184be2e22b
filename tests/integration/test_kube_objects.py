"""Objects beside pods: the ConfigMap, Secret, ServiceAccount and PersistentVolume pages of Kubernetes as printed there,
and what kubectl does where they say nothing."""

import base64
import json
import pathlib
import re

from harness import contains, equal, excludes, matches, run, temp_dir, test, that

from harness.pods import Node, example

GAME = """enemies=aliens
lives=3
enemies.cheat=true
enemies.cheat.level=noGoodRotten
secret.code.passphrase=UUDDLRLRBABAS
secret.code.allowed=true
secret.code.lives=30"""
UI = """color.good=purple
color.bad=yellow
allow.textmode=true
how.nice.to.look=fairlyNice
"""


def example_folder():
    """The folder that the ConfigMap page downloads."""
    folder = pathlib.Path(temp_dir())
    files = folder / "configure-pod-container/configmap"
    files.mkdir(parents=True)
    (files / "game.properties").write_text(GAME)
    (files / "ui.properties").write_text(UI)
    (files / "game-env-file.properties").write_text('enemies=aliens\nlives=3\nallowed="true"\n\n# This comment and the empty line above it are ignored\n')
    (files / "ui-env-file.properties").write_text("color=purple\ntextmode=true\nhow=fairlyNice\n")
    return folder, files


def data(node, name, kind="configmap"):
    return json.loads(node.kube("get", kind, name, "-o", "jsonpath={.data}").ok().out)


def settled(text):
    """Without what differs each time."""
    text = re.sub(r"^  uid: \S+\n", "", text, flags=re.M)
    return re.sub(r'^  creationTimestamp: ".*"\n', "", text, flags=re.M)


@test("ConfigMap page: from a folder, from files, with keys of one's own, from literals")
def config_maps_from_files():
    node = Node(with_images=False)
    _, files = example_folder()
    both = pathlib.Path(temp_dir())
    for name in ("game.properties", "ui.properties"):
        (both / name).write_text((files / name).read_text())
    equal(node.kube("create", "configmap", "game-config", f"--from-file={both}/").ok().out, "configmap/game-config created\n")
    equal(node.kube("describe", "configmaps", "game-config").ok().out, f"""Name:         game-config
Namespace:    default
Labels:       <none>
Annotations:  <none>

Data
====
game.properties:
----
{GAME}
ui.properties:
----
{UI}Events:  <none>
""")
    equal(settled(node.kube("get", "configmaps", "game-config", "-o", "yaml").ok().out), """apiVersion: v1
data:
  game.properties: |-
    enemies=aliens
    lives=3
    enemies.cheat=true
    enemies.cheat.level=noGoodRotten
    secret.code.passphrase=UUDDLRLRBABAS
    secret.code.allowed=true
    secret.code.lives=30
  ui.properties: |
    color.good=purple
    color.bad=yellow
    allow.textmode=true
    how.nice.to.look=fairlyNice
kind: ConfigMap
metadata:
  name: game-config
  namespace: default
""")
    game = files / "game.properties"
    node.kube("create", "configmap", "game-config-2", f"--from-file={game}", f"--from-file={files / 'ui.properties'}").ok()
    equal(data(node, "game-config-2"), {"game.properties": GAME, "ui.properties": UI})
    node.kube("create", "configmap", "game-config-3", f"--from-file=game-special-key={game}").ok()
    equal(data(node, "game-config-3"), {"game-special-key": GAME})
    node.kube("create", "configmap", "special-config", "--from-literal=special.how=very", "--from-literal=special.type=charm").ok()
    equal(data(node, "special-config"), {"special.how": "very", "special.type": "charm"})
    equal(node.kube("create", "configmap", "special-config", "--from-literal=a=b").exits(1).err,
          'error: configmaps "special-config" already exists\n')
    matches(node.kube("get", "cm").ok().out, r"^NAME +DATA +AGE\ngame-config +2 +\d+s$")
    equal(node.kube("delete", "configmaps/game-config", "configmaps/game-config-2", "configmaps/game-config-3").ok().out,
          'configmap "game-config" deleted\nconfigmap "game-config-2" deleted\nconfigmap "game-config-3" deleted\n')


@test("ConfigMap page: from env files, one and many")
def config_maps_from_env_files():
    node = Node(with_images=False)
    _, files = example_folder()
    game, ui = (f"--from-env-file={files / name}-env-file.properties" for name in ("game", "ui"))
    node.kube("create", "configmap", "game-config-env-file", game).ok()
    contains(node.kube("get", "configmap", "game-config-env-file", "-o", "yaml").ok().out,
             "data:\n  allowed: '\"true\"'\n  enemies: aliens\n  lives: \"3\"\n")
    node.kube("create", "configmap", "config-multi-env-files", game, ui).ok()
    equal(data(node, "config-multi-env-files"), {"allowed": '"true"', "color": "purple", "enemies": "aliens",
                                                 "how": "fairlyNice", "lives": "3", "textmode": "true"})


@test("ConfigMap page: what is not text goes to binaryData")
def binary_data():
    node = Node(with_images=False)
    folder = pathlib.Path(temp_dir())
    (folder / "raw").write_bytes(b"\xff\x00\xfe")
    (folder / "text").write_text("é")
    node.kube("create", "configmap", "mixed", f"--from-file={folder}").ok()
    equal(node.kube("get", "configmap", "-o", "jsonpath={.binaryData}", "mixed").ok().out, '{"raw":"/wD+"}')
    equal(data(node, "mixed"), {"text": "é"})
    contains(node.kube("describe", "cm", "mixed").ok().out, "\nBinaryData\n==========\nraw: 3 bytes\n")


@test("ConfigMap page: apply -k, with the hashes that are printed there, and delete by label")
def generators():
    node = Node(with_images=False)
    folder, _ = example_folder()

    def apply(text):
        (folder / "kustomization.yaml").write_text(text)
        return node.kube("apply", "-k", folder).ok().out

    equal(apply("""configMapGenerator:
- name: game-config-4
  options:
    labels:
      game-config: config-4
  files:
  - configure-pod-container/configmap/game.properties
"""), "configmap/game-config-4-m9dm2f92bt created\n")
    contains(node.kube("describe", "configmaps/game-config-4-m9dm2f92bt").ok().out, r"""Name:         game-config-4-m9dm2f92bt
Namespace:    default
Labels:       game-config=config-4
Annotations:  kubectl.kubernetes.io/last-applied-configuration:
                {"apiVersion":"v1","data":{"game.properties":"enemies=aliens\nlives=3\nenemies.cheat=true\nenemies.cheat.level=noGoodRotten\nsecret.code.p...
""")
    equal(apply("""configMapGenerator:
- name: game-config-5
  options:
    labels:
      game-config: config-5
  files:
  - game-special-key=configure-pod-container/configmap/game.properties
"""), "configmap/game-config-5-m67dt67794 created\n")
    equal(apply("""---
# kustomization.yaml contents for creating a ConfigMap from literals
configMapGenerator:
- name: special-config-2
  literals:
  - special.how=very
  - special.type=charm
"""), "configmap/special-config-2-c92b5mmcf2 created\n")
    equal(node.kube("apply", "-k", folder).ok().out, "configmap/special-config-2-c92b5mmcf2 unchanged\n")
    equal(node.kube("delete", "configmap", "-l", "game-config in (config-4,config-5)").ok().out,
          'configmap "game-config-4-m9dm2f92bt" deleted\nconfigmap "game-config-5-m67dt67794" deleted\n')
    equal(node.kube("delete", "-k", folder).ok().out, 'configmap "special-config-2-c92b5mmcf2" deleted\n')


@test("kustomization: options, quotes, secrets, resources; what is not covered or outside of the folder is refused")
def kustomization():
    node = Node(with_images=False)
    folder = pathlib.Path(temp_dir())
    (folder / "more").mkdir()
    (folder / "more/kustomization.yml").write_text("resources: [account.yaml]\n")
    (folder / "more/account.yaml").write_text("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n")
    (folder / "pod.yaml").write_text("""apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: c, image: i}]
""")
    (folder / "env").write_text("HOME\na=1\n")
    (folder / "kustomization.yaml").write_text("""namespace: one
resources: [pod.yaml, more]
generatorOptions: {labels: {all: "yes"}}
configMapGenerator:
- {name: plain, literals: ['quoted="x"', "open='y"], options: {disableNameSuffixHash: true, immutable: true}}
secretGenerator:
- {name: login, envs: [env], type: x/y}
""")
    listed = json.loads(node.kube("apply", "-k", folder, "--dry-run=client", "-o", "json").ok().out)["items"]
    equal([item["kind"] for item in listed], ["ServiceAccount", "ConfigMap", "Secret", "Pod"])
    equal({item["metadata"]["namespace"] for item in listed}, {"one"})
    equal(listed[1]["metadata"], {"labels": {"all": "yes"}, "name": "plain", "namespace": "one"})
    equal(listed[1]["data"], {"open": "'y", "quoted": "x"})
    equal(listed[1]["immutable"], True)
    matches(listed[2]["metadata"]["name"], r"^login-[a-z0-9]{10}$")
    equal(listed[2]["data"], {"HOME": "", "a": "MQ=="})
    (folder / "kustomization.yaml").write_text("namePrefix: x-\n")
    contains(node.kube("apply", "-k", folder).exits(1).err, "kustomization.yaml:1:1: namePrefix: not supported yet by this version")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "kustomization.yaml").write_text("configMapGenerator:\n- {name: x, files: [link]}\n")
    contains(node.kube("apply", "-k", folder).exits(1).err, "security; file 'link' is not in or below")
    (folder / "kustomization.yaml").write_text("configMapGenerator:\n- {name: x, files: [/etc/passwd]}\n")
    contains(node.kube("apply", "-k", folder).exits(1).err, "security; file '/etc/passwd' is not in or below")
    (folder / "kustomization.yaml").write_text("resources: [link]\n")
    contains(node.kube("apply", "-k", folder).exits(1).err, "security; file 'link' is not in or below")
    contains(node.kube("apply", "-k", folder / "nosuch").exits(1).err, "nosuch': No such file or directory")
    (folder / "empty").mkdir()
    contains(node.kube("apply", "-k", folder / "empty").exits(1).err, "unable to find one of 'kustomization.yaml'")


@test("Secret pages: generic ones by files, their sizes, and a registry's with jsonpath")
def secrets():
    node = Node(with_images=False)
    folder = pathlib.Path(temp_dir())
    (folder / "username.txt").write_text("admin")
    (folder / "password.txt").write_text("1f2d1e2e67df")
    equal(node.kube("create", "secret", "generic", "user", f"--from-file={folder / 'username.txt'}").ok().out, "secret/user created\n")
    node.kube("create", "secret", "generic", "pass", f"--from-file={folder / 'password.txt'}").ok()
    equal(base64.b64decode(data(node, "pass", "secret")["password.txt"]), b"1f2d1e2e67df")
    described = node.kube("describe", "secret", "pass").ok().out
    contains(described, "\nType:  Opaque\n\nData\n====\npassword.txt:  12 bytes\n")
    excludes(described, "1f2d")
    node.kube("create", "secret", "docker-registry", "regcred", "--docker-server=r.example", "--docker-username=janedoe",
              "--docker-password=x<&", "--docker-email=jdoe@example.com").ok()
    text = node.kube("get", "secret", "regcred", "--output=jsonpath={.data.\\.dockerconfigjson}").ok().out
    equal(base64.b64decode(text).decode(),
          r'{"auths":{"r.example":{"username":"janedoe","password":"x\u003c\u0026","email":"jdoe@example.com","auth":"amFuZWRvZTp4PCY="}}}')
    matches(node.kube("get", "secrets", "regcred").ok().out,
            r"^NAME +TYPE +DATA +AGE\nregcred +kubernetes.io/dockerconfigjson +1 +\d+s$")
    (folder / "config.json").write_text('{"auths":{}}')
    node.kube("create", "secret", "generic", "login", f"--from-file=.dockerconfigjson={folder / 'config.json'}",
              "--type=kubernetes.io/dockerconfigjson").ok()
    equal(node.kube("create", "secret", "generic", "broken", "--from-literal=.dockerconfigjson=hush",
                    "--type=kubernetes.io/dockerconfigjson").exits(1).err,
          'error: The Secret "broken" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": '
          "invalid JSON value\n")
    equal(node.kube("delete", "secret", "user", "pass").ok().out, 'secret "user" deleted\nsecret "pass" deleted\n')
    path = node.folder / "objects/secrets/default/regcred.yaml"
    equal(path.stat().st_mode & 0o777, 0o600)


@test("service account page: the default one everywhere, build-robot, and its namespace's end")
def service_accounts():
    node = Node(with_images=False)
    matches(node.kube("get", "serviceaccounts").ok().out, r"^NAME +SECRETS +AGE\ndefault +0 +\d+s$")
    equal(node.kube("apply", "-f", "-", stdin="apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: build-robot\n").ok().out,
          "serviceaccount/build-robot created\n")
    matches(node.kube("get", "serviceaccounts/build-robot", "-o", "yaml").ok().out, r'^  creationTimestamp: "20')
    equal(node.kube("delete", "serviceaccount/build-robot").ok().out, 'serviceaccount "build-robot" deleted\n')
    node.kube("create", "namespace", "one").ok()
    equal(node.kube("get", "sa", "-n", "one", "-o", "name").ok().out, "serviceaccount/default\n")
    uid = node.kube("get", "sa", "default", "-n", "one", "-o", "jsonpath={.metadata.uid}").ok().out
    equal(node.kube("get", "sa", "default", "-n", "one", "-o", "jsonpath={.metadata.uid}").ok().out, uid)
    node.kube("create", "configmap", "web", "-n", "one", "--from-literal=a=b").ok()
    matches(node.kube("get", "ns").ok().out, r"^NAME +STATUS +AGE\ndefault +Active +\d+s\none +Active +\d+s$")
    equal(node.kube("delete", "namespace", "one").ok().out, 'namespace "one" deleted\n')
    equal(node.kube("get", "cm", "-A").ok().err, "No resources found\n")
    equal(node.kube("get", "ns", "-o", "name").ok().out, "namespace/default\n")
    contains(node.kube("delete", "ns", "default").exits(1).err, "this namespace may not be deleted")


@test("PersistentVolume page: the volume and the claim as printed")
def volumes():
    node = Node(with_images=False)
    equal(node.kube("apply", "-f", "-", stdin=example("pv-volume") + "---\n" + example("pv-claim")).ok().out, "persistentvolume/task-pv-volume created\npersistentvolumeclaim/task-pv-claim created\n")
    matches(node.kube("get", "pv", "task-pv-volume").ok().out, r"^NAME +CAPACITY +ACCESS MODES +RECLAIM POLICY +STATUS +CLAIM +STORAGECLASS")
    matches(node.kube("get", "pv", "task-pv-volume").ok().out,
            r"^task-pv-volume +10Gi +RWO +Retain +Bound +default/task-pv-claim +manual ")
    matches(node.kube("get", "pvc", "task-pv-claim").ok().out, r"^task-pv-claim +Bound +task-pv-volume +10Gi +RWO +manual ")
    contains(node.kube("describe", "pv", "task-pv-volume").ok().out, "    Type:          HostPath (bare host directory volume)\n    Path:          /mnt/data\n")
    equal(node.kube("delete", "pv", "nosuch").exits(1).err, 'error: persistentvolumes "nosuch" not found\n')
    equal(node.kube("delete", "pv", "task-pv-volume", "--wait=false").ok().out, 'persistentvolume "task-pv-volume" deleted\n')
    matches(node.kube("get", "pv").ok().out, r"^task-pv-volume .* Terminating ")
    equal(node.kube("delete", "pvc", "task-pv-claim").ok().out, 'persistentvolumeclaim "task-pv-claim" deleted\n')
    equal(node.kube("get", "pv,pvc").ok().err, "No resources found in default namespace.\n")


@test("apply: created, configured, unchanged; keys that went go, those of others stay")
def apply_again():
    node = Node(with_images=False)
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: one, b: two}\n"
    two = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: three}\n"
    for text, word in ((one, "created"), (one, "unchanged"), (two, "configured"), (two, "unchanged")):
        equal(node.kube("apply", "-f", "-", stdin=text).ok().out, f"configmap/web {word}\n")
    equal(data(node, "web"), {"a": "three"})
    node.kube("create", "configmap", "made", "--from-literal=theirs=x").ok()
    node.kube("apply", "-f", "-", stdin=two.replace("web", "made")).ok()
    equal(data(node, "made"), {"a": "three", "theirs": "x"})
    before = node.kube("get", "cm", "web", "-o", "jsonpath={.metadata.uid}").ok().out
    node.kube("apply", "-f", "-", stdin=one).ok()
    equal(node.kube("get", "cm", "web", "-o", "jsonpath={.metadata.uid}").ok().out, before)
    equal(node.kube("patch", "cm", "web", "-p", '{"metadata":{"uid":"other"}}').exits(1).err,
          'error: The ConfigMap "web" is invalid: metadata.uid: Invalid value: "other": field is immutable\n')
    shown = node.kube("get", "cm", "web", "-o", "yaml").ok().out
    equal(node.kube("apply", "-f", "-", stdin=shown).ok().out, "configmap/web unchanged\n")


@test("immutable: refused in the API's words, and left as it was")
def immutable():
    node = Node(with_images=False)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\nimmutable: true\ndata: {a: b}\n"
    node.kube("apply", "-f", "-", stdin=text).ok()
    equal(node.kube("apply", "-f", "-", stdin=text.replace("a: b", "a: c")).exits(1).err,
          'error: The ConfigMap "web" is invalid: data: Forbidden: field is immutable when `immutable` is set\n')
    equal(node.kube("apply", "-f", "-", stdin=text.replace("immutable: true\n", "")).exits(1).err,
          'error: The ConfigMap "web" is invalid: immutable: Forbidden: field is immutable when `immutable` is set\n')
    equal(data(node, "web"), {"a": "b"})


@test("one thing that is wrong in a manifest, and nothing of it is made")
def all_or_nothing():
    node = Node(with_images=False)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: '?'}\n"
    contains(node.kube("apply", "-f", "-", stdin=text).exits(1).err, "-:8:11: data[a]: Invalid value: not base64")
    equal(node.kube("get", "cm").ok().err, "No resources found in default namespace.\n")


@test("--dry-run=client makes nothing and shows what would be")
def dry_run():
    node = Node(with_images=False)
    equal(node.kube("create", "configmap", "web", "--from-literal=a=b", "--dry-run=client", "-o", "yaml").ok().out,
          "apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  name: web\n")
    equal(node.kube("create", "secret", "generic", "s", "--from-literal=a=b", "--dry-run=client", "-o", "yaml", "-n", "one").ok().out,
          "apiVersion: v1\ndata:\n  a: Yg==\nkind: Secret\nmetadata:\n  name: s\n  namespace: one\n")
    equal(node.kube("create", "sa", "robot", "--dry-run=client").ok().out, "serviceaccount/robot created (dry run)\n")
    equal(node.kube("create", "cm", "x", "--from-literal=a=b", "--append-hash", "--dry-run=client", "-o", "name").ok().out,
          "configmap/x-64686gkt6c\n")
    equal(node.kube("get", "cm,secrets").ok().err, "No resources found in default namespace.\n")


@test("get: kinds together, lists, jsonpath over them, and names that are not there")
def many():
    node = Node(with_images=False)
    for name in ("one", "two"):
        node.kube("create", "configmap", name, f"--from-literal=key={name}").ok()
    node.kube("create", "secret", "generic", "s", "--from-literal=a=b").ok()
    matches(node.kube("get", "cm,secret").ok().out, r"^NAME +DATA +AGE\nconfigmap/one +1 .*\nconfigmap/two .*\n\nNAME +TYPE +DATA +AGE\nsecret/s +Opaque +1 ")
    equal(node.kube("get", "cm", "-o", 'jsonpath={range .items[*]}{.metadata.name}={.data.key}{"\\n"}{end}').ok().out, "one=one\ntwo=two\n")
    equal(node.kube("get", "cm", "-o", 'jsonpath={.items[?(@.data.key=="two")].metadata.name}').ok().out, "two")
    equal(node.kube("get", "cm/two", "secret/s", "-o", "name").ok().out, "configmap/two\nsecret/s\n")
    outcome = node.kube("get", "cm", "two", "three", "-o", "name").exits(1)
    equal((outcome.out, outcome.err), ("configmap/two\n", 'error: configmaps "three" not found\n'))
    equal(node.kube("delete", "cm", "--all").ok().out, 'configmap "one" deleted\nconfigmap "two" deleted\n')
    contains(node.kube("delete", "cm").exits(1).err, "nothing was named")
    that(json.loads(node.kube("get", "cm", "-o", "json").ok().out)["items"] == [], "an empty list has no items")


run()
