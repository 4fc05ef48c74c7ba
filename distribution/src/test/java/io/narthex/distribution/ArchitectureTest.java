package io.narthex.distribution;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.EvaluationResult;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of the house: plugin → plugin-api ← kernel, no circles, no rooms without a subject.
 * They stand here because only the distribution sees every module.
 */
final class ArchitectureTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.narthex");

  /** What third parties get on their class path with plugin-api; fixed, see its pom. */
  private static final DescribedPredicate<JavaClass> ALLOWED_IN_API =
      resideInAnyPackage(
          "java..",
          "javax.net..",
          "io.narthex.api..",
          "com.fasterxml.jackson.annotation..",
          "com.google.re2j..",
          "io.prometheus.metrics.core..",
          "io.prometheus.metrics.model..",
          "jakarta.inject..",
          "org.jspecify.annotations..",
          "org.pf4j..",
          "org.slf4j..");

  private static final DescribedPredicate<JavaClass> A_PLUGIN =
      resideInAPackage("io.narthex..")
          .and(
              DescribedPredicate.not(resideInAnyPackage("io.narthex.api..", "io.narthex.kernel..")))
          .as("belong to a plugin");

  private static final ArchRule PLUGINS_KNOW_ONLY_THEMSELVES_AND_THE_API =
      classes()
          .that(A_PLUGIN)
          .should(
              new ArchCondition<>(
                  "depend on nothing of ours but their own plugin and io.narthex.api") {
                @Override
                public void check(JavaClass plugin, ConditionEvents events) {
                  for (Dependency dependency : plugin.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (resideInAPackage("io.narthex..").test(target)
                        && !resideInAPackage("io.narthex.api..").test(target)
                        && !module(target).equals(module(plugin))) {
                      events.add(
                          SimpleConditionEvent.violated(plugin, dependency.getDescription()));
                    }
                  }
                }
              });

  private static final ArchRule THE_KERNEL_KNOWS_NO_FEATURE =
      classes()
          .that()
          .resideInAPackage("io.narthex.kernel..")
          .should()
          .onlyDependOnClassesThat(DescribedPredicate.not(A_PLUGIN).as("are no plugin's"));

  private static final ArchRule THE_API_ASKS_FOR_LITTLE =
      classes()
          .that()
          .resideInAPackage("io.narthex.api..")
          .should()
          .onlyDependOnClassesThat(
              ALLOWED_IN_API.or(
                  describe("primitive", c -> c.getBaseComponentType().isPrimitive())));

  private static final ArchRule PACKAGES_HAVE_NO_CIRCLES =
      slices()
          .assignedFrom(
              new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                  return javaClass.getPackageName().startsWith("io.narthex.")
                      ? SliceIdentifier.of(javaClass.getPackageName())
                      : SliceIdentifier.ignore();
                }

                @Override
                public String getDescription() {
                  return "packages";
                }
              })
          .should()
          .beFreeOfCycles();

  private static final Set<String> NAMES_WITHOUT_A_SUBJECT =
      Set.of(
          "util", "utils", "impl", "common", "commons", "helper", "helpers", "manager", "managers");

  private static final ArchRule PACKAGES_ARE_NAMED_AFTER_A_SUBJECT =
      classes()
          .should(
              new ArchCondition<>("live in a package that is named after its subject") {
                @Override
                public void check(JavaClass javaClass, ConditionEvents events) {
                  if (Arrays.stream(javaClass.getPackageName().split("\\."))
                      .anyMatch(NAMES_WITHOUT_A_SUBJECT::contains)) {
                    events.add(SimpleConditionEvent.violated(javaClass, javaClass.getName()));
                  }
                }
              });

  static Stream<ArchRule> rules() {
    return Stream.of(
        PLUGINS_KNOW_ONLY_THEMSELVES_AND_THE_API,
        THE_KERNEL_KNOWS_NO_FEATURE,
        THE_API_ASKS_FOR_LITTLE,
        PACKAGES_HAVE_NO_CIRCLES,
        PACKAGES_ARE_NAMED_AFTER_A_SUBJECT);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void theHouseKeepsItsRules(ArchRule rule) {
    rule.check(HOUSE);
  }

  /** Without this, a plugin that nobody adds to this module's pom would be outside every rule. */
  @Test
  void theRulesSeeClassesOfEveryModule() throws IOException {
    Path root = Path.of("..").toRealPath();
    Set<String> sources =
        HOUSE.stream()
            .map(c -> c.getSource().orElseThrow().getUri().toString())
            .collect(Collectors.toSet());
    List<Path> modules;
    try (Stream<Path> plugins = Files.walk(root.resolve("plugins"), 2)) {
      modules =
          Stream.concat(
                  Stream.of(root.resolve("plugin-api"), root.resolve("kernel")),
                  plugins.filter(p -> Files.isDirectory(p.resolve("src/main/java"))))
              .toList();
    }
    assertThat(modules).hasSizeGreaterThan(2);
    assertThat(modules)
        .allSatisfy(module -> {
          String classes = module.resolve("target/classes").toUri().toString();
          String jar =
              "/narthex-%s-0"
                  .formatted(
                      root.relativize(module).toString().replace("plugins/", "").replace('/', '-'));
          assertThat(sources)
              .as("classes of %s that the rules see", module)
              .anyMatch(source -> source.startsWith(classes) || source.contains(jar));
        });
  }

  @Test
  void aPluginThatUsesAnotherPluginIsCaught() {
    assertThat(violations(PLUGINS_KNOW_ONLY_THEMSELVES_AND_THE_API))
        .anyMatch(v -> v.contains("io.narthex.sample.second.Second"));
  }

  @Test
  void aCircleIsCaught() {
    assertThat(violations(PACKAGES_HAVE_NO_CIRCLES)).hasSize(1);
  }

  @Test
  void aPackageWithoutASubjectIsCaught() {
    assertThat(violations(PACKAGES_ARE_NAMED_AFTER_A_SUBJECT))
        .containsExactly("io.narthex.sample.first.util.Leftover");
  }

  /** What the rule says of the offenders under {@code io.narthex.sample} in this test tree. */
  private static List<String> violations(ArchRule rule) {
    JavaClasses offenders = new ClassFileImporter().importPackages("io.narthex.sample");
    EvaluationResult result = rule.evaluate(offenders);
    return result.getFailureReport().getDetails();
  }

  /** {@code io.narthex.kernel}, {@code io.narthex.query.promql}: what is built as one module. */
  private static String module(JavaClass javaClass) {
    return Arrays.stream(javaClass.getPackageName().split("\\."))
        .limit(4)
        .collect(Collectors.joining("."));
  }
}
