package ai.primespark.core.agent;

import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskHandler;
import ai.primespark.agent.TaskMethod;
import ai.primespark.agent.TaskRequest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the {@link TaskMethod}s of an object and makes handlers of them. */
final class AnnotatedHandlers {

    private AnnotatedHandlers() {}

    /** A method as a handler. */
    record Found(String type, Type payload, TaskHandler<Object, Object> handler) {}

    /**
     * Looks at all public methods, inherited ones too.
     *
     * @throws IllegalArgumentException when there is none, or one that does not fit
     */
    static List<Found> of(Object methods) {
        Class<?> owner = methods.getClass();
        List<Found> found = new ArrayList<>();
        Set<String> types = new HashSet<>();
        Method[] all = owner.getMethods();
        java.util.Arrays.sort(all, Comparator.comparing(Method::getName)); // the JVM promises no order
        for (Method method : all) {
            TaskMethod annotation = method.getAnnotation(TaskMethod.class);
            if (annotation != null && !method.isBridge()) {
                Found handler = handler(methods, method, annotation.value());
                if (!types.add(handler.type())) {
                    throw new IllegalArgumentException(
                            owner.getName() + " has two methods for tasks of type '" + handler.type() + "'");
                }
                found.add(handler);
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    owner.getName() + " has no public method with @TaskMethod; mark those that do a type of task");
        }
        return found;
    }

    private static Found handler(Object owner, Method method, String type) {
        String where = method.getDeclaringClass().getName() + "." + method.getName();
        try {
            var unused = TaskRequest.of(type, "").build(); // the type's own rule
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("@TaskMethod of " + where + ": " + e.getMessage(), e);
        }
        if (!Modifier.isPublic(method.getDeclaringClass().getModifiers())
                || !method.canAccess(receiver(owner, method))) {
            throw new IllegalArgumentException(
                    where + " cannot be called: make the class and the method public, and open or"
                            + " export its package to ai.primespark.core");
        }
        Class<?>[] parameters = method.getParameterTypes();
        boolean context = parameters.length > 0 && parameters[parameters.length - 1] == TaskContext.class;
        int payloads = parameters.length - (context ? 1 : 0);
        if (payloads > 1) {
            throw new IllegalArgumentException(
                    where + " has parameters that do not fit: the payload, a TaskContext, both in this order, or none");
        }
        Type payload = payloads == 1 ? method.getGenericParameterTypes()[0] : byte[].class;
        return new Found(
                type, payload, (value, task) -> invoke(owner, method, arguments(value, task, payloads, context)));
    }

    private static @Nullable Object receiver(Object owner, Method method) {
        return Modifier.isStatic(method.getModifiers()) ? null : owner;
    }

    private static Object[] arguments(Object value, TaskContext task, int payloads, boolean context) {
        Object[] arguments = new Object[payloads + (context ? 1 : 0)];
        if (payloads == 1) {
            arguments[0] = value;
        }
        if (context) {
            arguments[payloads] = task;
        }
        return arguments;
    }

    private static @Nullable Object invoke(Object owner, Method method, Object[] arguments) throws Exception {
        try {
            return method.invoke(receiver(owner, method), arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception exception) {
                throw exception;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }
}
