package io.narthex.api.config;

import io.narthex.api.Api;
import org.pf4j.ExtensionPoint;

/**
 * A top-level key of the configuration file, or one below another section's, and what happens with
 * it.
 *
 * <p>At start and at each reload the kernel binds the sections of all plugins, then calls {@link
 * #prepare} of each, and only when all have succeeded, {@link Prepared#apply} of each; otherwise
 * {@link Prepared#discard}. Sections are prepared and applied in ascending {@link #order}, one
 * after the other, on one thread; never two reloads at once. A section is prepared and applied at
 * each reload, changed or not.
 *
 * @param <C> the bound configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface ConfigSection<C> extends ExtensionPoint {
  /**
   * The key; owned by one plugin. A top-level one, {@code [a-z_]+}, or with a dot one that stands
   * below another section's, as {@code web.access}: it is taken out of that section, which does not
   * know it, before that is bound, and each of the two is prepared and applied on its own.
   */
  String key();

  /**
   * What the key is bound to. When the file lacks the key, an empty object or list is bound, so
   * defaults apply; {@link ConfigSnapshot#isGiven} tells the two apart.
   */
  ConfigShape<C> shape();

  /** Position among all sections: lower ones are prepared and applied first. */
  default int order() {
    return 0;
  }

  /**
   * Whether the section is a list of names of further files that belong to the configuration, as
   * {@link Glob} understands them: when one of these comes, goes or changes, the configuration has
   * changed too, which matters to {@code --config.auto-reload}.
   */
  default boolean namesFiles() {
    return false;
  }

  /**
   * Validates what binding could not and makes ready what {@link Prepared#apply} will switch on. It
   * must not change what is running. May open files and resolve names, for a few seconds at most.
   *
   * @param snapshot all sections as they were bound in this round
   * @throws ConfigException when the section cannot be used
   */
  Prepared prepare(C config, ConfigSnapshot snapshot) throws ConfigException;

  /**
   * Looks at the section for somebody who checks a file while no server runs: all that {@link
   * #prepare} validates, and, unless {@link ConfigCheck#syntaxOnly}, whether the files that it
   * names are there and hold what they should. By default what prepare makes ready is discarded; a
   * section whose prepare opens or locks anything overrides this.
   *
   * @throws ConfigException when the section cannot be used
   */
  default void check(C config, ConfigSnapshot snapshot, ConfigCheck check) throws ConfigException {
    prepare(config, snapshot).discard();
  }
}
