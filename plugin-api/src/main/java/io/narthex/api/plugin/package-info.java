/**
 * What the kernel offers to a plugin. The constructor of any extension (annotated with {@link
 * jakarta.inject.Inject}, or the only one) may ask for:
 *
 * <ul>
 *   <li>{@link io.narthex.api.plugin.PluginContext}: its own id, version, directory
 *   <li>{@link io.narthex.api.plugin.Extensions}: the extensions of all plugins
 *   <li>{@link io.narthex.api.plugin.Plugins}: the state of all plugins
 *   <li>{@link io.narthex.api.plugin.Program}: the name and version of the running program, its
 *       start
 *   <li>{@link io.narthex.api.plugin.Features}: what {@code --enable-feature} named
 *   <li>{@link io.narthex.api.plugin.RunningConfiguration}: the configuration and flags in force
 *   <li>{@code Current<Storage>} and {@code Current<QueryEngine>}: see {@link
 *       io.narthex.api.plugin.Current}
 *   <li>{@link io.narthex.api.http.HttpClients}: outgoing HTTP
 *   <li>{@link io.narthex.api.web.WebHost}: further web servers
 *   <li>{@link io.narthex.api.web.MetricsPage}: expositions of metrics
 *   <li>{@link io.prometheus.metrics.model.registry.PrometheusRegistry}: one of the plugin's own;
 *       what is registered there is part of the process's {@code /metrics} until the plugin is
 *       stopped
 *   <li>{@link java.time.Clock}: the time; tests give another
 *   <li>extension classes of the same plugin: one instance of each exists
 * </ul>
 */
@org.jspecify.annotations.NullMarked
package io.narthex.api.plugin;
