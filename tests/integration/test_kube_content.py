"""What pods take from ConfigMaps, Secrets, service accounts and themselves: as variables and as files."""

import base64
import json
import os
import shutil
import time

from harness import binary, contains, equal, eventually, matches, run, sh, temp_dir, test, that
from harness.pods import SLEEP, Node, events, pod, shell

FOLDERS = {"ConfigMap": "configmaps", "Secret": "secrets", "ServiceAccount": "serviceaccounts"}


def put(node, kind, name, **fields):
    """Writes an object as the node keeps it."""
    folder = node.folder / "objects" / FOLDERS[kind] / "default"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "default", "uid": f"uid-of-{name}"}, **fields})
    (folder / f".{name}").write_text(text)
    (folder / f".{name}").rename(folder / f"{name}.yaml")


def secret(node, name, data):
    put(node, "Secret", name, type="Opaque", data={key: base64.b64encode(value.encode()).decode() for key, value in data.items()})


def run_to_end(node, name, container, **spec):
    """Runs a pod of one container to its end and gives what it said."""
    node.apply(pod(name, container, restartPolicy="Never", **spec)).ok()
    eventually(lambda: that(node.pod(name)["status"]["phase"] in ("Succeeded", "Failed"), "still running"))
    return node.kube("logs", name).ok().out


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@test("variables come from keys of a ConfigMap and a Secret, and are seen in command and args: very charm")
def very_charm():
    node = Node()
    put(node, "ConfigMap", "special-config", data={"SPECIAL_LEVEL": "very", "SPECIAL_TYPE": "charm"})
    secret(node, "backend-user", {"backend-username": "backend-admin"})
    said = run_to_end(node, "web", {
        "command": ["/bin/echo", "$(SPECIAL_LEVEL_KEY) $(SPECIAL_TYPE_KEY) $(SECRET_USERNAME)"],
        "env": [{"name": "SPECIAL_LEVEL_KEY", "valueFrom": {"configMapKeyRef": {"name": "special-config", "key": "SPECIAL_LEVEL"}}},
                {"name": "SPECIAL_TYPE_KEY", "valueFrom": {"configMapKeyRef": {"name": "special-config", "key": "SPECIAL_TYPE"}}},
                {"name": "SECRET_USERNAME", "valueFrom": {"secretKeyRef": {"name": "backend-user", "key": "backend-username"}}},
                {"name": "GONE", "valueFrom": {"secretKeyRef": {"name": "nosuch", "key": "a", "optional": True}}}]})
    equal(said, "very charm backend-admin\n")


@test("envFrom: all keys, with a prefix; env wins; keys that name no variable are skipped with an event")
def env_from():
    node = Node()
    put(node, "ConfigMap", "myconfig", data={"1badkey": "x", "2alsobad": "x", "LEVEL": "very", "TYPE": "charm"})
    secret(node, "user", {"name": "admin"})
    said = run_to_end(node, "dapi-test-pod", shell(
        "env | grep -v -e ^PATH= -e ^HOME= -e ^HOSTNAME= -e ^PWD= -e ^SHLVL= | sort",
        envFrom=[{"configMapRef": {"name": "myconfig"}}, {"prefix": "P_", "secretRef": {"name": "user"}},
                 {"configMapRef": {"name": "nosuch", "optional": True}}],
        env=[{"name": "TYPE", "value": "own $(LEVEL)"}]))
    equal(said, "LEVEL=very\nP_name=admin\nTYPE=own very\n")
    matches(events(node, "dapi-test-pod"), r"Warning +InvalidEnvironmentVariableNames +Pod/dapi-test-pod +Keys \[1badkey, 2alsobad\] from "
            r"the EnvFrom configMap default/myconfig were skipped since they are considered invalid environment variable names\.")


@test("a ConfigMap or a key that is missing: CreateContainerConfigError with an event, until it is there")
def config_error():
    node = Node()
    source = {"configMapKeyRef": {"name": "late", "key": "a"}}
    node.apply(pod("web", shell("echo $A", env=[{"name": "A", "valueFrom": source}]), restartPolicy="Never")).ok()
    eventually(lambda: matches(node.kube("get", "pods").ok().out, r"^web +0/1 +CreateContainerConfigError +0 "))
    equal(node.status("web")["state"]["waiting"]["message"], 'configmap "late" not found')
    matches(events(node, "web"), r'Warning +Failed .* Error: configmap "late" not found')
    put(node, "ConfigMap", "late", data={"b": "x"})
    eventually(lambda: contains(node.status("web")["state"]["waiting"]["message"], "couldn't find key a in ConfigMap default/late"))
    put(node, "ConfigMap", "late", data={"a": "here"})
    eventually(lambda: equal(node.kube("logs", "web").out, "here\n"))


@test("the downward API: fields of the pod and resources as variables and as files")
def downward():
    node = Node()
    fields = {"NAME": "metadata.name", "NS": "metadata.namespace", "UID1": "metadata.uid", "NODE": "spec.nodeName",
              "SA": "spec.serviceAccountName", "HOST": "status.hostIP", "ZONE": "metadata.labels['zone']"}
    manifest = json.loads(pod("web", shell(
        "echo $NAME $NS $UID1 $NODE $SA $ZONE $CPUS $HOST; cat /etc/podinfo/labels; echo; cat /etc/podinfo/annotations; echo; cat /etc/podinfo/cpu",
        env=[{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()] +
            [{"name": "CPUS", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}],
        volumeMounts=[{"name": "podinfo", "mountPath": "/etc/podinfo"}]), restartPolicy="Never",
        volumes=[{"name": "podinfo", "downwardAPI": {"items": [
            {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
            {"path": "annotations", "fieldRef": {"fieldPath": "metadata.annotations"}},
            {"path": "cpu", "resourceFieldRef": {"containerName": "c0", "resource": "requests.cpu", "divisor": "1m"}}]}}]))
    manifest["metadata"] |= {"labels": {"zone": "us-est-coast", "cluster": "test-cluster1"}, "annotations": {"build": "two"}}
    node.apply(json.dumps(manifest)).ok()
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Succeeded"))
    name, namespace, uid, host, account, zone, cpus, address = node.kube("logs", "web").ok().out.split()[:8]
    equal((name, namespace, uid, account, zone), ("web", "default", node.pod("web")["metadata"]["uid"], "default", "us-est-coast"))
    equal(address, node.pod("web")["status"]["hostIP"])
    equal((host, int(cpus)), (os.uname().nodename, os.sysconf("SC_NPROCESSORS_ONLN")))
    files = node.kube("logs", "web").ok().out.splitlines()[1:]
    equal(files[:3], ['cluster="test-cluster1"', 'zone="us-est-coast"', 'build="two"'])
    that(files[3].startswith('kubectl.kubernetes.io/last-applied-configuration="{'), files[3])
    equal(files[4:], ["0"])


@test("files of a ConfigMap and a Secret: all keys or some, their modes, read-only, secrets in memory")
def files():
    node = Node()
    put(node, "ConfigMap", "special-config", data={"SPECIAL_LEVEL": "very", "SPECIAL_TYPE": "charm"}, binaryData={"raw": "/wA="})
    secret(node, "test-secret", {"username": "my-app", "password": "39528$vdg7Jb"})
    said = run_to_end(node, "web", shell(
        "ls /etc/config; cat /etc/config/SPECIAL_LEVEL /some/keys; echo; od -An -tx1 /etc/config/raw; ls /some; cat /etc/secret-volume/*; echo;"
        "stat -L -c %a /etc/secret-volume/password /some/keys; echo x >/etc/config/x; grep -c ' /etc/secret-volume tmpfs' /proc/mounts; readlink /some/keys",
        volumeMounts=[{"name": "all", "mountPath": "/etc/config"}, {"name": "some", "mountPath": "/some"},
                      {"name": "secret", "mountPath": "/etc/secret-volume"}]), volumes=[
        {"name": "all", "configMap": {"name": "special-config"}},
        {"name": "some", "configMap": {"name": "special-config", "items": [{"key": "SPECIAL_LEVEL", "path": "keys", "mode": 0o440}]}},
        {"name": "secret", "secret": {"secretName": "test-secret", "defaultMode": 0o400}}])
    equal(said.replace("sh: can't create /etc/config/x: Read-only file system\n", "", 1),
          "SPECIAL_LEVEL\nSPECIAL_TYPE\nraw\nveryvery\n ff 00\nkeys\n39528$vdg7Jbmy-app\n400\n440\n1\n..data/keys\n")


@test("fsGroup and the user of the containers: files are readable for the group, tokens for the user")
def groups():
    node = Node()
    secret(node, "s", {"key": "text"})
    said = run_to_end(node, "web", shell(
        "cat /v/key; echo; stat -L -c '%a %u:%g' /v/key /v/..data /t/token; test -s /t/token && cat /t/token >/dev/null && echo read",
        volumeMounts=[{"name": "v", "mountPath": "/v"}, {"name": "t", "mountPath": "/t"}]),
        securityContext={"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000},
        volumes=[{"name": "v", "secret": {"secretName": "s", "defaultMode": 0o400}},
                 {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}])
    equal(said, "text\n440 0:2000\n2755 0:2000\n640 1000:2000\nread\n")


@test("a pod with ids of its own sees the files as one without: root's, or the token's user's")
def own_ids():
    node = Node()
    secret(node, "s", {"key": "text"})
    put(node, "ConfigMap", "m", data={"key": "text"})
    sources = {"s": {"secret": {"secretName": "s", "defaultMode": 0o400}}, "m": {"configMap": {"name": "m"}},
               "t": {"projected": {"sources": [{"serviceAccountToken": {"path": "key"}}]}}}
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in sources]
    said = run_to_end(node, "web", shell("cat /s/key /m/key; echo; stat -L -c '%a %u:%g' /s/key /m/key /t/key", volumeMounts=mounts),
                      hostUsers=False, securityContext={"runAsUser": 0},
                      volumes=[{"name": name, **source} for name, source in sources.items()])
    equal(said, "texttext\n400 0:0\n644 0:0\n600 0:0\n")


@test("a volume whose ConfigMap, Secret or key is missing: FailedMount, and the pod waits in ContainerCreating; optional ones are empty")
def missing():
    node = Node()
    node.apply(pod("web", shell("cat /v/a /o/* 2>/dev/null", volumeMounts=[{"name": "v", "mountPath": "/v"}, {"name": "o", "mountPath": "/o"}]),
                   restartPolicy="Never",
                   volumes=[{"name": "v", "configMap": {"name": "late", "items": [{"key": "a", "path": "a"}]}},
                            {"name": "o", "secret": {"secretName": "nosuch", "optional": True}}])).ok()
    eventually(lambda: contains(events(node, "web"), 'MountVolume.SetUp failed for volume "v" : configmap "late" not found'))
    matches(node.kube("get", "pods").ok().out, r"^web +0/1 +ContainerCreating +0 ")
    put(node, "ConfigMap", "late", data={"b": "x"})
    eventually(lambda: contains(events(node, "web"), "configmap references non-existent config key: a"))
    put(node, "ConfigMap", "late", data={"a": "here"})
    eventually(lambda: equal(node.kube("logs", "web").out, "here"))


@test("a projected volume shows its sources together")
def projected():
    node = Node()
    secret(node, "user", {"username.txt": "admin"})
    secret(node, "pass", {"password.txt": "1f2d1e2e67df"})
    source = {"sources": [{"secret": {"name": "user"}}, {"secret": {"name": "pass"}},
                          {"downwardAPI": {"items": [{"path": "in/name", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}
    said = run_to_end(node, "test-projected-volume", shell("ls /projected-volume/; cat /projected-volume/*.txt /projected-volume/in/name",
                      volumeMounts=[{"name": "all-in-one", "mountPath": "/projected-volume", "readOnly": True}]),
                      volumes=[{"name": "all-in-one", "projected": source}])
    equal(said, "in\npassword.txt\nusername.txt\n1f2d1e2e67dfadmintest-projected-volume")


@test("a ConfigMap that changes is seen within a second, never by half, while a container reads it; not by a subPath")
def changes():
    node = Node()
    put(node, "ConfigMap", "m", data={"a": "0 " * 5000, "b": "0 " * 5000})
    reader = ("cd /v; while true; do (cd -P ..data 2>/dev/null && cat a b 2>/dev/null | tr ' ' '\\n' | sort -u | tr '\\n' ' ' >>/out/seen; echo >>/out/seen); done")
    node.apply(pod("web", shell(reader, volumeMounts=[{"name": "v", "mountPath": "/v"}, {"name": "o", "mountPath": "/out"},
                                                      {"name": "v", "mountPath": "/sub", "subPath": "a"}]),
                   volumes=[{"name": "v", "configMap": {"name": "m"}}, {"name": "o", "emptyDir": {}}])).ok()
    node.ready("web")
    times = []
    for number in range(1, 20):
        put(node, "ConfigMap", "m", data={"a": f"{number} " * 5000, "b": f"{number} " * 5000})
        began = time.monotonic()
        eventually(lambda: matches(node.kube("exec", "web", "--", "cut", "-c1-3", "/v/b").out, rf"^{number} "))
        times.append(time.monotonic() - began)
    # Nearly all of them: the machine may have something else to do for a moment.
    that(sorted(times)[len(times) // 2] < 1, f"the versions took {times} s")
    seen = [line.split() for line in node.kube("exec", "web", "--", "cat", "/out/seen").ok().out.splitlines()]
    that(len({line[0] for line in seen if line}) > 5, "the reader saw too few versions")
    equal([line for line in seen if len(line) > 1], [])
    equal(node.kube("exec", "web", "--", "cut", "-c1-3", "/sub").ok().out, "0 0\n")
    eventually(lambda: equal(node.kube("exec", "web", "--", "ls", "-A", "/v").ok().out.count("..20"), 1))


@test("a ConfigMap that goes leaves its files, with an event")
def removed():
    node = Node()
    put(node, "ConfigMap", "m", data={"a": "text"})
    node.apply(pod("web", shell(SLEEP, volumeMounts=[{"name": "v", "mountPath": "/v"}]), volumes=[{"name": "v", "configMap": {"name": "m"}}])).ok()
    node.ready("web")
    (node.folder / "objects/configmaps/default/m.yaml").unlink()
    eventually(lambda: contains(events(node, "web"), 'MountVolume.SetUp failed for volume "v" : configmap "m" not found'))
    equal(node.kube("exec", "web", "--", "cat", "/v/a").ok().out, "text")


@test("keys and paths that would leave the volume are refused, and the pod waits")
def hostile_keys():
    node = Node()
    for number, key in enumerate(["../../escaped", "/escaped", "..data", "a/../../b"]):
        put(node, "ConfigMap", "evil", data={key: "evil"})
        node.apply(pod(f"web{number}", shell("true"), volumes=[{"name": "v", "configMap": {"name": "evil"}}])).ok()
        eventually(lambda: matches(events(node, f"web{number}"), r'FailedMount .*MountVolume.SetUp failed for volume "v" : path '))
    equal([str(path) for path in node.folder.rglob("*escaped*")], [])


@test("a token is for its audience and its pod, lives as long as was asked, and is signed by the node's key")
def token():
    node = Node()
    put(node, "ServiceAccount", "build-robot")
    said = run_to_end(node, "nginx", shell("cat /var/run/secrets/tokens/vault-token", volumeMounts=[{"name": "vault-token", "mountPath": "/var/run/secrets/tokens"}]),
                      serviceAccountName="build-robot",
                      volumes=[{"name": "vault-token", "projected": {"sources": [
                          {"serviceAccountToken": {"path": "vault-token", "expirationSeconds": 7200, "audience": "vault"}}]}}])
    found, uid = claims(said), node.pod("nginx")["metadata"]["uid"]
    equal(sorted(found), ["aud", "exp", "iat", "iss", "jti", "kubernetes.io", "nbf", "sub"])
    equal((found["aud"], found["exp"] - found["iat"], found["nbf"]), (["vault"], 7200, found["iat"]))
    equal((found["iss"], found["sub"]), ("https://kubernetes.default.svc", "system:serviceaccount:default:build-robot"))
    about = found["kubernetes.io"]
    equal((about["namespace"], about["pod"], about["serviceaccount"]),
          ("default", {"name": "nginx", "uid": uid}, {"name": "build-robot", "uid": "uid-of-build-robot"}))
    equal(about["node"]["name"], os.uname().nodename)
    equal(oct((node.folder / "objects/issuer/key.pem").stat().st_mode & 0o777), "0o600")
    folder = temp_dir()
    head, _, signature = said.rpartition(".")
    (folder / "signed").write_text(head)
    (folder / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    sh("openssl", "pkey", "-in", node.folder / "objects/issuer/key.pem", "-pubout", "-out", folder / "public").ok()
    contains(sh("openssl", "dgst", "-sha256", "-verify", folder / "public", "-signature", folder / "signature", folder / "signed").ok().out, "Verified OK")


@test("automountServiceAccountToken: the pod's word wins over its account's; without a word there is no volume")
def automount():
    node = Node()
    put(node, "ServiceAccount", "yes", automountServiceAccountToken=True)
    look = "cd /var/run/secrets/kubernetes.io/serviceaccount 2>/dev/null && ls && cat namespace && head -1 ca.crt && cat token; true"
    equal(run_to_end(node, "plain", shell(look)), "")
    equal(run_to_end(node, "no", shell(look), serviceAccountName="yes", automountServiceAccountToken=False), "")
    for name, spec in {"account": {"serviceAccountName": "yes"}, "pod": {"automountServiceAccountToken": True}}.items():
        said = run_to_end(node, name, shell(look), **spec)
        contains(said, "ca.crt\nnamespace\ntoken\ndefault-----BEGIN CERTIFICATE-----\n")
        found = claims(said.splitlines()[-1])
        equal((found["exp"] - found["iat"], found["kubernetes.io"]["warnafter"] - found["iat"]), (365 * 24 * 3600, 3607))
        matches(node.pod(name)["spec"]["volumes"][0]["name"], r"^kube-api-access-[a-z0-9]{5}$")
        contains(node.apply(pod(name, shell(look), restartPolicy="Never", **spec)).ok().out, "unchanged")


@test("without nacelle-sign there are no tokens: one error that says where it belongs, and pods that want none run")
def no_signer():
    program = temp_dir() / "nacelle-kube"
    shutil.copy(binary("nacelle-kube"), program)
    node = Node(program=program)
    missing = f"run 'nacelle-sign': No such file or directory (hint: it is looked for in {program.parent}, /"
    contains(node.kube("create", "token", "default").exits(1).err, "error: " + missing)
    contains(node.apply(pod("automatic", shell("true"), automountServiceAccountToken=True)).exits(1).err, missing)
    node.apply(pod("web", shell("true"), restartPolicy="Never", volumes=[
        {"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}])).ok()
    eventually(lambda: contains(events(node, "web"), 'MountVolume.SetUp failed for volume "v" : failed to fetch token: ' + missing))
    equal(node.pod("web")["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "ContainerCreating")
    equal(run_to_end(node, "plain", shell("echo runs")), "runs\n")


@test("create token and get --raw: a token for the account and what it is bound to, and the documents to check it with")
def create_token():
    node = Node(with_images=False)
    node.kube("create", "serviceaccount", "build-robot").ok()
    words = ("create", "token", "build-robot")
    found = claims(node.kube(*words, "--audience", "vault", "--audience", "other", "--duration", "2h").ok().out)
    equal((found["aud"], found["exp"] - found["iat"]), (["vault", "other"], 7200))
    bound = ("--bound-object-kind", "Node", "--bound-object-name", os.uname().nodename)
    about = claims(node.kube(*words, *bound).ok().out)["kubernetes.io"]
    equal(about["node"]["name"], os.uname().nodename)
    node.kube(*words, *bound, "--bound-object-uid", about["node"]["uid"]).ok()
    contains(node.kube(*words, *bound, "--bound-object-uid", "123...456").exits(1).err, "does not match")
    contains(node.kube("create", "token", "nosuch").exits(1).err, 'serviceaccount "nosuch" not found')
    contains(node.kube(*words, "--duration", "5m").exits(1).err, "may not specify a duration less than 10 minutes")
    head = json.loads(base64.urlsafe_b64decode(node.kube(*words).ok().out.split(".")[0] + "=="))
    key = json.loads(node.kube("get", "--raw", "/openid/v1/jwks").ok().out)["keys"][0]
    equal((head, key["kty"], key["e"]), ({"alg": "RS256", "kid": key["kid"]}, "RSA", "AQAB"))
    issuer = json.loads(node.kube("get", "--raw", "/.well-known/openid-configuration").ok().out)
    equal((issuer["issuer"], issuer["jwks_uri"]), ("https://kubernetes.default.svc", "https://kubernetes.default.svc/openid/v1/jwks"))


@test("page 13: a Secret for an account's token is filled in, kept, and goes with the account")
def token_secret():
    node = Node(with_images=False)
    node.kube("create", "serviceaccount", "build-robot").ok()
    manifest = """
apiVersion: v1
kind: Secret
metadata:
  name: build-robot-secret
  annotations:
    kubernetes.io/service-account.name: build-robot
type: kubernetes.io/service-account-token
"""
    equal(node.apply(manifest).ok().out, "secret/build-robot-secret created\n")
    found = json.loads(node.kube("get", "secret/build-robot-secret", "-o", "json").ok().out)
    uid = json.loads(node.kube("get", "sa", "build-robot", "-o", "json").ok().out)["metadata"]["uid"]
    equal(found["metadata"]["annotations"]["kubernetes.io/service-account.uid"], uid)
    data = {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
    equal((sorted(data), data["namespace"]), (["ca.crt", "namespace", "token"], "default"))
    equal(claims(data["token"]), {
        "iss": "kubernetes/serviceaccount", "kubernetes.io/serviceaccount/namespace": "default",
        "kubernetes.io/serviceaccount/secret.name": "build-robot-secret",
        "kubernetes.io/serviceaccount/service-account.name": "build-robot",
        "kubernetes.io/serviceaccount/service-account.uid": uid, "sub": "system:serviceaccount:default:build-robot"})
    matches(node.kube("describe", "secrets/build-robot-secret").ok().out,
            r"(?s)^Name: +build-robot-secret\nNamespace: +default\nLabels: +<none>\nAnnotations: .* kubernetes.io/service-account.name: build-robot\n"
            r" +kubernetes.io/service-account.uid: \S+\n\nType: +kubernetes.io/service-account-token\n\nData\n====\n"
            r"ca.crt: +\d+ bytes\nnamespace: +7 bytes\ntoken: +eyJ\S+$")
    equal(node.apply(manifest).ok().out, "secret/build-robot-secret unchanged\n")
    contains(node.apply(manifest.replace("name: build-robot\n", "name: nosuch\n")).exits(1).err,
             "error: the Secret 'build-robot-secret': serviceaccount \"nosuch\" not found")
    node.kube("delete", "serviceaccount", "build-robot").ok()
    contains(node.kube("get", "secret", "build-robot-secret").exits(1).err, 'secrets "build-robot-secret" not found')


@test("a pod whose service account is missing is refused")
def missing_account():
    node = Node()
    outcome = node.apply(pod("web", shell("true"), serviceAccountName="nosuch"))
    equal(outcome.code, 1)
    contains(outcome.err, 'error looking up service account default/nosuch: serviceaccount "nosuch" not found')


run()
