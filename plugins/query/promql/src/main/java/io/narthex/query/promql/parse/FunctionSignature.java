package io.narthex.query.promql.parse;

import java.util.List;

/**
 * What the parser must know of a function.
 *
 * @param name the name, matched with case
 * @param argTypes the types of the arguments; those beyond the list, where allowed, have the type
 *     of the last
 * @param variadic 0: exactly {@code argTypes}; n &gt; 0: the last argument may stand 0 to n times;
 *     a negative number: 0 or more times
 * @param returnType the type of the result
 * @param experimental whether the function needs {@link ParserOptions#experimentalFunctions()}
 */
public record FunctionSignature(
    String name,
    List<ValueType> argTypes,
    int variadic,
    ValueType returnType,
    boolean experimental) {

  public FunctionSignature {
    argTypes = List.copyOf(argTypes);
  }
}
