# shellcheck shell=bash
# Completion of nacelle for bash; with `autoload -U bashcompinit && bashcompinit` for zsh, too. The program itself is asked
# for its commands and options, so it is always in step with them.

# Options of the program, or of a command: their names, and for those that take a value what it is called.
_nacelle_options() {
    "$@" --help 2>/dev/null | sed -nE 's/^ +(-[a-z], )?(--[a-z-]+)( ([A-Z]+))?.*/\2 \4/p'
}

# The verbs of `nacelle kube`: the words from number $1 on are theirs.
_nacelle_kube() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} kube=("${COMP_WORDS[@]:0:$1}")
    local verb='' given=() place=() value='' options i
    [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]-}
    [[ $word != = ]] || word=
    options=$("${kube[@]}" --help 2>/dev/null)
    for ((i = $1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) ;;
        --) return ;; # a command of the container's
        -*)
            # The value of an option is no operand; where the objects are, and which, the names below are asked with.
            value=${COMP_WORDS[i]}
            if grep -qE -- "^ +([^ ]+, )?$value(, --[a-z-]+)? [A-Z]" <<<"$options"; then
                [[ ${COMP_WORDS[i + 1]-} != = ]] || ((i++))
                ((i++))
                case $value in
                -n | --namespace | --*root) ((i >= COMP_CWORD)) || place+=("$value" "${COMP_WORDS[i]-}") ;;
                esac
            fi
            ;;
        *)
            if [[ -n $verb ]]; then
                given+=("${COMP_WORDS[i]}")
            else
                verb=${COMP_WORDS[i]}
                options=$("${kube[@]}" "$verb" --help 2>/dev/null)
            fi
            ;;
        esac
    done
    value=
    if [[ $before == -* ]]; then
        value=$(sed -nE "s/^ +([^ ]+, )?$before(, --[a-z-]+)? ([A-Z]+) .*/\\3/p" <<<"$options")
        case $value in
        FILE | PATH) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
        DIR) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
        NAMESPACE) value=$(_nacelle_names namespaces) ;;
        FORMAT) value='json yaml wide name' ;;
        ?*) return ;;
        esac
    fi
    if [[ -n $value ]]; then
        :
    elif [[ $word == -* ]]; then
        value=$(sed -nE 's/^ +(-[A-Za-z], )?(--[a-z-]+)( .*|$)/\2/p' <<<"$options")
    elif [[ -z $verb ]]; then
        value=$(sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$options")
    else
        value=$(_nacelle_operands "$(sed -n 's/^Usage: .*\[OPTION\]\.\.\. *//p' <<<"$options")")
    fi
    mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
}

# What may stand where the word is, by the usage of the verb. Of the caller: kube, place, given.
_nacelle_operands() {
    case $1 in
    KIND* | '[KIND'*)
        if [[ ${#given[@]} == 0 ]]; then
            echo configmaps events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods secrets serviceaccounts
        else
            _nacelle_names "${given[0]}"
        fi
        ;;
    POD*) [[ ${#given[@]} -gt 0 && $1 != POD... ]] || _nacelle_names pods ;;
    pod*) if [[ ${#given[@]} == 0 ]]; then echo pod node; else _nacelle_names pods; fi ;;
    *' | '*) [[ $1 == *PATH* || ${#given[@]} -gt 0 ]] || tr '|' '\n' <<<"$1" | sed 's/^ *\([a-z]*\).*/\1/' ;;
    esac
}

_nacelle_names() { # _nacelle_names KIND: those that there are
    "${kube[@]}" get "$1" -o name ${place[@]+"${place[@]}"} 2>/dev/null | sed 's|.*/||'
}

_nacelle() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' operands=0 value='' root=() i option
    COMPREPLY=()

    # What stands before the word: the global options, the command, how many operands it has so far.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) ;;
        --root | --log | --log-format | --cgroup-manager | --rootless)
            if [[ -z $command ]]; then
                option=${COMP_WORDS[i]}
                [[ ${COMP_WORDS[i + 1]-} != = ]] || ((i++))
                ((i++))
                [[ $option != --root ]] || root=(--root "${COMP_WORDS[i]-}")
            fi
            ;;
        -*) ;;
        *)
            if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((operands++)); fi
            [[ $command != kube ]] || { _nacelle_kube $((i + 1)); return; }
            ;;
        esac
    done
    [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]-}
    [[ $word != = ]] || word=

    # The value of an option: a file, or one of a few words.
    case $before in
    --format) value='table json' ;;
    --log-format) value='text json' ;;
    --cgroup-manager) value='cgroupfs systemd disabled' ;;
    --rootless) [[ -n $command ]] || value='auto true false' ;;
    --*)
        case $(_nacelle_options "$program" ${command:+"$command"} | sed -n "s/^$before //p") in
        FILE | PATH) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
        DIR) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
        ?*) return ;;
        esac
        ;;
    esac
    if [[ -n $value ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ $word == -* ]]; then
        value=$(_nacelle_options "$program" ${command:+"$command"} | sed 's/ .*//')
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ -z $command ]]; then
        value=$("$program" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ $operands == 0 && $command != create && $command != run && $command != restore ]] &&
        "$program" "$command" --help 2>/dev/null | grep -q '^Usage: .* CONTAINER'; then
        value=$("$program" ${root[@]+"${root[@]}"} list --quiet 2>/dev/null)
        mapfile -t COMPREPLY < <(compgen -W "$value" -- "$word")
    elif [[ $operands == 1 && $command == kill ]]; then
        mapfile -t COMPREPLY < <(compgen -A signal -- "$word")
    fi
}

complete -o filenames -F _nacelle nacelle
