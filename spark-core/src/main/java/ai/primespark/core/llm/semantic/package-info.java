/**
 * Questions that ask the same in other words, and the answers they got.
 *
 * <p>How alike two texts are, an embedding model says; but it finds "with" and "without", 10 and 100, or Bonn and Berlin very much
 * alike. So {@link ai.primespark.core.llm.semantic.Guard} decides first which questions may be compared at all: those that agree in
 * every word that carries meaning. It has the last word in so far as no similarity, however high, makes up for a difference.
 */
@NullMarked
package ai.primespark.core.llm.semantic;

import org.jspecify.annotations.NullMarked;
