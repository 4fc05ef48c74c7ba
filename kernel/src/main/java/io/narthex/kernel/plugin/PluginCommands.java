package io.narthex.kernel.plugin;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code narthex plugin list|info|install|remove|enable|disable}: work on the directories alone; a
 * process that runs notices by itself.
 */
public final class PluginCommands {
  private PluginCommands() {}

  /** The commands for an installation. */
  public static List<Command> all(PluginSettings settings) {
    return List.of(
        new One(
            settings,
            "list",
            "",
            "Lists the plugins of this installation and whether they will run.",
            "",
            PluginCommands::list),
        new One(
            settings,
            "info",
            "ID",
            "Shows a plugin: its extensions, configuration keys, requirements.",
            "",
            PluginCommands::info),
        new One(
            settings,
            "install",
            "FILE",
            "Installs a plugin from a jar, zip or tar.gz, or replaces it by a newer version.",
            "  --force            also replace the same or a newer version\n",
            PluginCommands::install),
        new One(
            settings,
            "remove",
            "ID",
            "Removes a plugin that was installed or dropped in.",
            "",
            PluginCommands::remove),
        new One(
            settings,
            "enable",
            "ID",
            "Switches a plugin on that was switched off.",
            "",
            PluginCommands::enable),
        new One(
            settings,
            "disable",
            "ID",
            "Switches a plugin off, also one that came with the installation.",
            "",
            PluginCommands::disable));
  }

  /** A call whose options are sorted out. */
  private record Call(
      PluginSettings settings,
      PluginInstaller installer,
      List<Path> directories,
      boolean force,
      String argument,
      Invocation invocation) {
    /** The directory that is written to. */
    Path target() {
      return directories.isEmpty()
          ? settings.installed()
          : directories.getFirst().toAbsolutePath().normalize();
    }
  }

  private interface Action {
    void run(Call call) throws PluginFault, IOException;
  }

  private static final class One implements Command {
    private final PluginSettings settings;
    private final String name;
    private final String argument;
    private final String summary;
    private final String options;
    private final Action action;

    One(
        PluginSettings settings,
        String name,
        String argument,
        String summary,
        String options,
        Action action) {
      this.settings = settings;
      this.name = name;
      this.argument = argument;
      this.summary = summary;
      this.options = options;
      this.action = action;
    }

    @Override
    public String program() {
      return PluginSettings.ALL;
    }

    @Override
    public List<String> path() {
      return List.of("plugin", name);
    }

    @Override
    public String summary() {
      return summary;
    }

    @Override
    public String help() {
      return "usage: narthex plugin "
          + name
          + " [options]"
          + (argument.isEmpty() ? "" : " " + argument)
          + "\n\n"
          + summary
          + "\n\nOptions:\n"
          + options
          + "  --directory DIR    a plugin directory besides the installation's; may be repeated.\n"
          + (name.equals("install")
              ? "                     The first one is installed into.\n"
              : "")
          + "  -h, --help         this text\n";
    }

    @Override
    public int run(Invocation invocation) throws IOException {
      List<Path> directories = new ArrayList<>();
      List<String> arguments = new ArrayList<>();
      boolean force = false;
      List<String> given = invocation.arguments();
      for (int i = 0; i < given.size(); i++) {
        String word = given.get(i);
        if (word.equals("-h") || word.equals("--help")) {
          invocation.out().print(help());
          return 0;
        }
        if (word.equals("--force") && name.equals("install")) {
          force = true;
        } else if (word.startsWith("--directory=")) {
          directories.add(
              invocation.workingDirectory().resolve(word.substring("--directory=".length())));
        } else if (word.equals("--directory") && i + 1 < given.size()) {
          directories.add(invocation.workingDirectory().resolve(given.get(++i)));
        } else if (word.startsWith("-")) {
          return wrong(invocation, "unknown option " + word);
        } else {
          arguments.add(word);
        }
      }
      int wanted = argument.isEmpty() ? 0 : 1;
      if (arguments.size() != wanted) {
        return wrong(
            invocation,
            wanted == 0
                ? "unexpected argument " + arguments.getFirst()
                : "got " + arguments.size() + " arguments, want one: " + argument);
      }
      String subject = arguments.isEmpty() ? "" : arguments.getFirst();
      List<Path> searched = new ArrayList<>(settings.directories());
      directories.forEach(directory -> searched.add(directory.toAbsolutePath().normalize()));
      PluginSettings all = settings.withDirectories(searched).withProgram(PluginSettings.ALL);
      try {
        action.run(
            new Call(
                all,
                new PluginInstaller(all, ArchiveLimits.DEFAULT),
                directories,
                force,
                subject,
                invocation));
        return 0;
      } catch (PluginFault e) {
        invocation
            .err()
            .println(
                "narthex: cannot "
                    + (name.equals("info") ? "show" : name)
                    + " "
                    + (subject.isEmpty() ? "plugins" : subject)
                    + ": "
                    + e.reason());
        return 1;
      }
    }

    private int wrong(Invocation invocation, String problem) {
      invocation.err().println("narthex: plugin " + name + ": " + problem + "; see --help");
      return 2;
    }
  }

  private static void list(Call call) {
    List<Found> found = call.installer().found();
    Map<Found, String> states = states(call.installer(), found);
    Table table = new Table("ID", "VERSION", "STATE", "ORIGIN", "DESCRIPTION");
    found.stream()
        .filter(states::containsKey)
        .sorted(Comparator.comparing(Found::id).thenComparing(f -> f.path().toString()))
        .forEach(one -> {
          String state = String.valueOf(states.get(one));
          Descriptor descriptor = one.descriptor();
          table.row(
              one.id(),
              one.version(),
              state.startsWith("failed") ? "failed" : state,
              one.bundled() ? "bundled" : "installed",
              state.startsWith("failed: ")
                  ? state.substring("failed: ".length())
                  : descriptor == null ? "" : descriptor.getPluginDescription());
        });
    table.print(call.invocation().out(), "");
  }

  /** State of each plugin that is not replaced by another. */
  private static Map<Found, String> states(PluginInstaller installer, List<Found> found) {
    Resolution resolution = installer.resolve(found);
    Map<Found, String> states = new HashMap<>();
    resolution.run().forEach(one -> states.put(one, "enabled"));
    resolution.disabled().forEach(one -> states.put(one, "disabled"));
    resolution.refused().forEach((one, reason) -> states.put(one, "failed: " + reason));
    return states;
  }

  private static void info(Call call) throws PluginFault, IOException {
    List<Found> all = call.installer().known(call.argument());
    Map<Found, String> states = states(call.installer(), call.installer().found());
    Path temporary = Files.createTempDirectory("narthex-plugin-info-");
    try (PluginCache cache = new PluginCache(temporary)) {
      boolean first = true;
      for (Found found : all) {
        if (!first) {
          call.invocation().out().println();
        }
        first = false;
        String state =
            states.entrySet().stream()
                .filter(entry -> entry.getKey().same(found))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("replaced by another of the same id");
        new PluginDescription(found, state, cache, new Deadline(call.settings().deadline()))
            .print(call.invocation().out());
      }
    } finally {
      PluginCache.delete(temporary);
    }
  }

  private static void install(Call call) throws PluginFault {
    Path directory = call.target();
    Path file = call.invocation().workingDirectory().resolve(call.argument());
    PluginInstaller.Installed done = call.installer().install(file, directory, call.force());
    String id = done.descriptor().getPluginId();
    call.invocation()
        .out()
        .println(
            "installed "
                + id
                + " "
                + done.descriptor().getVersion()
                + " in "
                + done.path()
                + (done.replaced().isEmpty() ? "" : ", in place of " + done.replaced()));
    Set<String> disabled = call.installer().disabled();
    if (disabled.contains(id)) {
      call.invocation()
          .out()
          .println("it is switched off; to switch it on: narthex plugin enable " + id);
    }
  }

  private static void remove(Call call) throws PluginFault {
    for (Path path : call.installer().remove(call.argument())) {
      call.invocation().out().println("removed " + path);
    }
  }

  private static void enable(Call call) throws PluginFault {
    boolean changed = call.installer().enable(call.argument());
    call.invocation()
        .out()
        .println(changed ? "enabled " + call.argument() : call.argument() + " is enabled already");
  }

  private static void disable(Call call) throws PluginFault {
    boolean changed = call.installer().disable(call.argument(), call.target());
    call.invocation()
        .out()
        .println(
            changed ? "disabled " + call.argument() : call.argument() + " is disabled already");
  }
}
