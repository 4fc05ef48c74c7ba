package io.narthex.kernel.boot;

import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.HttpClients;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

final class InterimHttpClients implements HttpClients {
  @Override
  public HttpCaller create(HttpClientConfig config, String name, Path baseDirectory) {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    return new HttpCaller() {
      @Override
      public Response send(Request request) throws IOException, InterruptedException {
        HttpRequest.Builder b = HttpRequest.newBuilder(request.uri()).timeout(request.timeout());
        request.headers().forEach(b::setHeader);
        HttpResponse<InputStream> r =
            client.send(b.build(), HttpResponse.BodyHandlers.ofInputStream());
        return new Response() {
          @Override
          public int status() {
            return r.statusCode();
          }

          @Override
          public Optional<String> header(String n) {
            return r.headers().firstValue(n);
          }

          @Override
          public Map<String, List<String>> headers() {
            return r.headers().map();
          }

          @Override
          public InputStream body() {
            return r.body();
          }

          @Override
          public void close() {}
        };
      }

      @Override
      public void close() {
        client.close();
      }
    };
  }
}
