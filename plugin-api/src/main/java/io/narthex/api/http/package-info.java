/** Outgoing HTTP: Prometheus's {@code http_config} and a client made from it. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.http;
