package io.narthex.discovery.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.HttpClients;
import io.narthex.api.http.JdkCaller;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterAccessTest {
  private static final Map<String, String> POD_VARIABLES =
      Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "443");

  @TempDir Path directory;

  private final List<HttpClientConfig> made = new ArrayList<>();
  private final HttpClients clients =
      (config, name, base) -> {
        made.add(config);
        return new JdkCaller(config);
      };

  private static KubernetesConfig config(
      String server, String kubeconfig, KubernetesConfig.Namespaces namespaces) {
    return new KubernetesConfig(
        server,
        "pod",
        kubeconfig,
        Defaults.of(HttpClientConfig.class),
        namespaces,
        List.of(),
        Discovering.NOTHING);
  }

  private static KubernetesConfig ofPod(boolean ownNamespace) {
    return config("", "", new KubernetesConfig.Namespaces(ownNamespace, List.of("x")));
  }

  private ClusterAccess open(KubernetesConfig config) throws Exception {
    return ClusterAccess.open(
        config, directory, clients, new ServiceAccount(directory, POD_VARIABLES::get));
  }

  private ClusterAccess openKubeconfig(String text) throws Exception {
    Files.writeString(directory.resolve("kubeconfig"), text);
    return open(config("", "kubeconfig", new KubernetesConfig.Namespaces(false, List.of())));
  }

  @Test
  void usesTheServiceAccountOfItsPod() throws Exception {
    Files.writeString(directory.resolve("token"), "t1\n");
    Files.writeString(directory.resolve("ca.crt"), "PEM");
    Files.writeString(directory.resolve("namespace"), "monitoring");
    try (ClusterAccess access = open(ofPod(true))) {
      assertThat(access.server()).isEqualTo("https://[fd00::1]:443");
      assertThat(access.ownNamespace()).isEqualTo("monitoring");
    }
    HttpClientConfig http = made.getFirst();
    assertThat(http.authorization().credentialsFile())
        .isEqualTo(directory.resolve("token").toString());
    assertThat(http.tlsConfig().caFile()).isEqualTo(directory.resolve("ca.crt").toString());
    assertThat(http.proxyFromEnvironment()).isTrue();
  }

  @Test
  void saysWhatAPodIsMissing() throws Exception {
    assertThatThrownBy(() ->
            ClusterAccess.open(
                ofPod(false), directory, clients, new ServiceAccount(directory, name -> null)))
        .hasMessage(
            "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and"
                + " KUBERNETES_SERVICE_PORT must be defined");
    assertThatThrownBy(() -> open(ofPod(false)))
        .hasMessage("open " + directory.resolve("token") + ": no such file or directory");
    Files.writeString(directory.resolve("token"), "t1");
    assertThatThrownBy(() -> open(ofPod(true)))
        .hasMessageStartingWith("could not determine the pod's namespace: open ");
    Files.writeString(directory.resolve("namespace"), "");
    assertThatThrownBy(() -> open(ofPod(true)))
        .hasMessage("could not read own namespace name (empty file)");
  }

  @Test
  void sendsATokenThatWasWrittenAnew() throws Exception {
    Files.writeString(directory.resolve("token"), "t1");
    Files.writeString(directory.resolve("namespace"), "own");
    KubernetesMockServer server =
        new KubernetesMockServer(
            new Context(new ObjectMapper()), new MockWebServer(), new HashMap<>(), true);
    server.start();
    try {
      Map<String, String> variables =
          Map.of(
              "KUBERNETES_SERVICE_HOST",
              "localhost",
              "KUBERNETES_SERVICE_PORT",
              String.valueOf(server.getPort()));
      // Both are refused until the token is another one.
      String path = "/api/v1/namespaces/own/pods?limit=500";
      server.expect().get().withPath(path).andReply(401, request -> "{}").times(2);
      server
          .expect()
          .get()
          .withPath(path)
          .andReturn(200, "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}")
          .always();
      server
          .expect()
          .get()
          .delay(1, TimeUnit.HOURS)
          .withPath(
              "/api/v1/namespaces/own/pods?allowWatchBookmarks=true&resourceVersion=1"
                  + "&timeoutSeconds=600&watch=true")
          .andReturn(200, "\n")
          .always();
      KubernetesConfig config = config("", "", new KubernetesConfig.Namespaces(true, List.of()));
      try (Discovering found =
          new Discovering(
              config, new ServiceAccount(directory, variables::get), Duration.ofMinutes(3))) {
        assertThat(server.takeRequest(30, TimeUnit.SECONDS).getHeader("Authorization"))
            .isEqualTo("Bearer t1");
        Files.writeString(directory.resolve("token"), "t2");
        found.await(found::updates, List.of(List.of()));
        String authorization = "";
        while (!authorization.equals("Bearer t2")) {
          RecordedRequest request = server.takeRequest(30, TimeUnit.SECONDS);
          assertThat(request).as("one with the new token").isNotNull();
          authorization = request.getHeader("Authorization");
        }
      }
    } finally {
      server.shutdown();
    }
  }

  @Test
  void readsAKubeconfigFile() throws Exception {
    String pem = Base64.getEncoder().encodeToString("PEM".getBytes(StandardCharsets.UTF_8));
    try (ClusterAccess access =
        openKubeconfig(
            """
            apiVersion: v1
            kind: Config
            current-context: two
            contexts:
            - {name: one, context: {cluster: a, user: u}}
            - {name: two, context: {cluster: b, user: v, namespace: ignored}}
            clusters:
            - {name: a, cluster: {server: https://a}}
            - name: b
              cluster:
                server: https://b:6443/prefix
                certificate-authority-data: %s
                tls-server-name: kube
                proxy-url: http://proxy:3128
            users:
            - {name: u, user: {username: n, password: p}}
            - name: v
              user:
                client-certificate-data: %s
                client-key: keys/v.key
                tokenFile: v.token
                as: someone
                as-groups: [g1, g2]
            """
                .formatted(pem, pem))) {
      assertThat(access.server()).isEqualTo("https://b:6443/prefix");
      assertThat(access.ownNamespace()).isEmpty();
    }
    HttpClientConfig http = made.getFirst();
    assertThat(http.authorization().credentialsFile())
        .isEqualTo(directory.resolve("v.token").toString());
    assertThat(http.tlsConfig().ca()).isEqualTo("PEM");
    assertThat(http.tlsConfig().cert()).isEqualTo("PEM");
    assertThat(http.tlsConfig().keyFile()).isEqualTo(directory.resolve("keys/v.key").toString());
    assertThat(http.tlsConfig().serverName()).isEqualTo("kube");
    assertThat(http.proxyUrl()).isEqualTo("http://proxy:3128");
    assertThat(http.httpHeaders().get("Impersonate-User").values()).containsExactly("someone");
    assertThat(http.httpHeaders().get("Impersonate-Group").values()).containsExactly("g1", "g2");
  }

  @Test
  void readsAKubeconfigFileWithNameAndPassword() throws Exception {
    openKubeconfig(
            """
            current-context: c
            contexts: [{name: c, context: {cluster: a, user: u}}]
            clusters: [{name: a, cluster: {server: "https://a", insecure-skip-tls-verify: true}}]
            users: [{name: u, user: {username: n, password: p}}]
            """)
        .close();
    assertThat(made.getFirst().basicAuth())
        .isEqualTo(new HttpClientConfig.BasicAuth("n", "", Secret.of("p"), ""));
    assertThat(made.getFirst().tlsConfig().insecureSkipVerify()).isTrue();
  }

  @Test
  void asksTheCredentialProgramAgainWhenItsTokenIsRefused() throws Exception {
    Path program = directory.resolve("login");
    Files.writeString(directory.resolve("count"), "");
    Files.writeString(
        program,
        """
        #!/bin/sh
        printf x >> "$COUNT"
        n=$(wc -c < "$COUNT" | tr -d ' ')
        case "$KUBERNETES_EXEC_INFO" in
          *'"kind":"ExecCredential"'*) ;;
          *) exit 3 ;;
        esac
        echo "{\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$1-$n\\"}}"
        """);
    assertThat(program.toFile().setExecutable(true)).isTrue();
    String text =
        """
        current-context: c
        contexts: [{name: c, context: {cluster: a, user: u}}]
        clusters: [{name: a, cluster: {server: "https://a"}}]
        users:
        - name: u
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: ./login
              args: [tok]
              env: [{name: COUNT, value: "%s"}]
        """
            .formatted(directory.resolve("count"));
    try (ClusterAccess access = openKubeconfig(text)) {
      HttpCaller first = access.caller();
      assertThat(made.getLast().authorization().credentials()).isEqualTo(Secret.of("tok-1"));
      assertThat(access.renew(first)).isTrue();
      assertThat(made.getLast().authorization().credentials()).isEqualTo(Secret.of("tok-2"));
      assertThat(access.caller()).isNotSameAs(first);
      // Somebody else has renewed it meanwhile.
      assertThat(access.renew(first)).isTrue();
      assertThat(made).hasSize(2);
    }
  }

  @Test
  void doesNotRepeatWhatWasRefusedWithTheSameCredentials() throws Exception {
    String text =
        """
        current-context: c
        contexts: [{name: c, context: {cluster: a, user: u}}]
        clusters: [{name: a, cluster: {server: "https://a"}}]
        users: [{name: u, user: {token: %s}}]
        """;
    try (ClusterAccess access = openKubeconfig(text.formatted("t1"))) {
      assertThat(access.renew(access.caller())).isFalse();
      Files.writeString(directory.resolve("kubeconfig"), text.formatted("t2"));
      assertThat(access.renew(access.caller())).isTrue();
      assertThat(made.getLast().authorization().credentials()).isEqualTo(Secret.of("t2"));
    }
  }

  @Test
  void saysWhatIsWrongWithAKubeconfigFileAndTellsNoSecrets() {
    Path file = directory.resolve("kubeconfig");
    String invalid = "invalid configuration: " + file + ": ";
    assertThatThrownBy(
            () -> open(config("", "none", new KubernetesConfig.Namespaces(false, List.of()))))
        .hasMessage("open " + directory.resolve("none") + ": no such file or directory");
    assertThatThrownBy(() -> openKubeconfig(""))
        .hasMessage(invalid + "no configuration has been provided");
    assertThatThrownBy(() -> openKubeconfig("current-context: c"))
        .hasMessage(invalid + "context was not found for specified context: c");
    assertThatThrownBy(() ->
            openKubeconfig(
                "current-context: c\ncontexts: [{name: c, context: {cluster: a, user: u}}]"))
        .hasMessage(invalid + "cluster \"a\" does not exist");
    assertThatThrownBy(() ->
            openKubeconfig(
                """
                current-context: c
                contexts: [{name: c, context: {cluster: a, user: u}}]
                clusters: [{name: a, cluster: {server: "https://a"}}]
                users: [{name: u, user: {client-certificate-data: "se=cr=et"}}]
                """))
        .hasMessage(invalid + "client-certificate-data is no base64")
        .hasNoCause();
    assertThatThrownBy(() -> openKubeconfig("users: [{name: u, user: {token: [hunter2]}}]"))
        .hasMessage("error loading config file \"" + file + "\"")
        .hasNoCause();
    assertThatThrownBy(() ->
            openKubeconfig(
                """
                current-context: c
                contexts: [{name: c, context: {cluster: a, user: u}}]
                clusters: [{name: a, cluster: {server: "https://a"}}]
                users: [{name: u, user: {exec: {command: sh, args: [-c, "echo hunter2"]}}}]
                """))
        .hasMessage("getting credentials: exec: sh printed no ExecCredential")
        .hasNoCause();
    assertThatThrownBy(() ->
            openKubeconfig(
                """
                current-context: c
                contexts: [{name: c, context: {cluster: a, user: u}}]
                clusters: [{name: a, cluster: {server: "https://a"}}]
                users: [{name: u, user: {exec: {command: sh, args: [-c, "exit 7"]}}}]
                """))
        .hasMessage("getting credentials: exec: executable sh failed with exit code 7");
  }
}
