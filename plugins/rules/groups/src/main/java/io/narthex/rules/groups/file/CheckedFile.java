package io.narthex.rules.groups.file;

import java.util.List;

/**
 * A rule file that was read.
 *
 * @param file its name
 * @param groups what stands in it; of use only where nothing is wrong
 * @param errors what is wrong, each with file and place
 * @param warnings what is odd
 */
public record CheckedFile(
    String file, List<GroupDefinition> groups, List<String> errors, List<String> warnings) {
  public CheckedFile {
    groups = List.copyOf(groups);
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
  }
}
