package io.narthex.kernel.config;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.plugin.Extensions;

/** {@link RecordFile} as a service. */
public final class RecordFiles implements ConfigFiles {
  private final Extensions extensions;

  /** Without plugins: records of theirs that have keys of other plugins know none of these. */
  public RecordFiles() {
    this(RecordFile.NONE);
  }

  /** With the keys that these extensions bring, as {@code static_configs}. */
  public RecordFiles(Extensions extensions) {
    this.extensions = extensions;
  }

  @Override
  public <C> C parse(String name, byte[] content, ConfigShape<C> shape, Syntax syntax)
      throws ConfigException {
    try {
      return RecordFile.parse(name, content, shape, syntax, extensions);
    } catch (ConfigProblems e) {
      throw new ConfigException("", String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public <C> Located<C> locate(String name, byte[] content, ConfigShape<C> shape, Syntax syntax)
      throws ConfigException {
    try {
      return RecordFile.locate(name, content, shape, syntax, extensions);
    } catch (ConfigProblems e) {
      throw new ConfigException("", String.valueOf(e.getMessage()), e);
    }
  }
}
