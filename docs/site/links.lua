-- SPDX-License-Identifier: Apache-2.0
-- SPDX-FileCopyrightText: 2026 The mod_session_store authors

-- Links between the documents become links between their pages. The metadata
-- has `source`, the document's path, and `places`, where each path has gone.

local folder, places

local function read(meta)
    folder = pandoc.utils.stringify(meta.source):match("^(.*/)[^/]*$") or ""
    places = meta.places
end

-- "docs/../share/x" is "share/x".
local function resolved(path)
    local parts = {}
    for part in path:gmatch("[^/]+") do
        if part == ".." then
            table.remove(parts)
        else
            table.insert(parts, part)
        end
    end
    return table.concat(parts, "/")
end

local function follow(target)
    if target:match("^%a+:") or target:match("^#") then
        return target
    end
    local path, anchor = target:match("^([^#]*)(#?.*)$")
    local place = places[resolved(folder .. path)]
    if not place then
        error("a link leads nowhere: " .. target)
    end
    return pandoc.utils.stringify(place) .. anchor
end

local function link(element)
    element.target = follow(element.target)
    return element
end

local function image(element)
    element.src = follow(element.src)
    return element
end

return { { Meta = read }, { Link = link, Image = image } }
